"""manage.py privacy_record: writes docs/privacy.md from the policy."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from comms.privacy import record
from comms.privacy.policy import policy


class Command(BaseCommand):
    help = "Write docs/privacy.md, the record of processing, from comms/privacy/retention.toml."

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / "docs" / "privacy.md"
        path.write_text(record.page(policy()), "utf-8")
        self.stdout.write("Written: docs/privacy.md")
