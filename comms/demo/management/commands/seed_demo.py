"""`manage.py seed_demo`: fills an empty database with the invented union and says who can sign in."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from comms.demo import union


class Command(BaseCommand):
    help = "Fills an empty database with an invented union of N members. The same seed gives the same people."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--members", type=int, default=500)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--json", type=Path, dest="file", help="also write the ids and sign-ins to this file")

    def handle(self, *args: Any, members: int, seed: int, file: Path | None, **options: Any) -> None:
        began = time.monotonic()
        try:
            made = union.seed(count=members, number=seed, now=timezone.now())
        except union.NotEmpty:
            raise CommandError("This database has units already; the demo union needs an empty one.") from None
        if file:
            file.write_text(json.dumps(made, ensure_ascii=False, indent=2) + "\n")
        self.stdout.write(f"{made['union']}: {members} members in {time.monotonic() - began:.1f} s (seed {seed})")
        for name, count in made["members_in"].items():
            self.stdout.write(f"  {name}: unit {made['units'][name]}, {count} members")
        self.stdout.write("Sign-ins (for the demo only):")
        for person in made["sign_ins"]:
            self.stdout.write(f"  {person['email']:34} {person['password']:26} {person['name']}, {person['who']}")
