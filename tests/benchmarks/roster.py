"""How fast and in how much memory a membership file is imported, on the configured database.

    python -m tests.benchmarks.roster --rows 200000 --json

Writes an invented csv file, creates a scratch database beside the configured one, imports the file, imports it again
unchanged, and drops the database. `rows_per_s` is the first import with everything it does (reading, comparing,
writing); `peak_memory_mb` is the process's highest resident set, Django included.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "comms.settings")

HEADER = [
    "Medlemsnummer", "Förnamn", "Efternamn", "E-post", "Mobil", "Språk", "Adress", "Postnummer", "Ort", "Avdelning",
    "Fast/vikar", "Arbetsgivare", "Befattning", "Arbetsplats", "Mellannivå",
]  # fmt: skip
FIRST = ["Åsa", "Björn", "Máret", "Ánne", "Øystein", "Søren", "Kjersti", "Göran", "Niillas", "Ella", "Þóra", "Anders"]
LAST = ["Öberg", "Ås", "Đorvi", "Šuorbmu", "Ærø", "Lindström", "Kjær", "Ŋálggu", "Åkesson", "Berg", "Nilsen"]
BRANCHES = 100


def write_file(path: Path, rows: int, seed: int) -> None:
    dice = random.Random(seed)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        for n in range(rows):
            employer = dice.randrange(200)
            mail = "" if n % 20 == 0 else f"medlem{n}@example,org" if n % 500 == 1 else f"medlem{n}@example.org"
            writer.writerow(
                [
                    100000 + n, dice.choice(FIRST), dice.choice(LAST), mail, f"+46 70 174 0{dice.randrange(600, 700)}",
                    dice.choice(["sv", "sv", "nb", "da", "en"]), f"Storgatan {dice.randrange(99)}", "903 26", "Umeå",
                    f"Avdelning {dice.randrange(BRANCHES)}", dice.choice(["fast", "vikar"]), f"Kommun {employer}",
                    dice.choice(["Lärare", "Rektor", ""]), f"Skola {dice.randrange(20)}", f"Område {dice.randrange(3)}",
                ]
            )  # fmt: skip


def import_file(path: Path) -> tuple[float, float, dict[str, Any]]:
    from django.core.management import call_command

    result = path.with_suffix(".json")
    began, worked = time.monotonic(), time.process_time()
    call_command("import_members", str(path), "--apply", "--json", str(result), stdout=io.StringIO())
    seconds, cpu = time.monotonic() - began, time.process_time() - worked
    return seconds, cpu, json.loads(result.read_text())["counts"]


def measure(rows: int, seed: int) -> dict[str, Any]:
    from django.db import connection

    from comms.people.models import Unit

    root = Unit.add_root(code="U", name="Förbundet", kind="union")
    for n in range(BRANCHES):
        Unit.objects.get(pk=root.pk).add_child(code=f"A{n}", name=f"Avdelning {n}", kind="branch")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "members.csv"
        write_file(path, rows, seed)
        first, cpu, counts = import_file(path)
        again, _cpu, unchanged = import_file(path)
    assert counts["added"] == unchanged["unchanged"] == rows, (counts, unchanged)
    return {
        "database": connection.vendor,
        "rows": rows,
        "rows_per_s": round(rows / first),
        "seconds": round(first, 1),
        "cpu_seconds": round(cpu, 1),  # of this process: what is left on a machine that does nothing else
        "seconds_unchanged": round(again, 1),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "counts": counts,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="only JSON on stdout")
    options = parser.parse_args()

    import django

    django.setup()
    from django.db import connection

    with tempfile.TemporaryDirectory() as folder:
        if connection.vendor == "sqlite":  # on disk as in production, not in memory
            connection.settings_dict["TEST"]["NAME"] = str(Path(folder) / "bench.sqlite3")
        else:
            connection.settings_dict["TEST"]["NAME"] = f"bench_{os.getpid()}"
        name = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            found = measure(options.rows, options.seed)
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
    if options.json:
        print(json.dumps(found))
        return
    for key, value in found.items():
        sys.stdout.write(f"{key:20} {value}\n")


if __name__ == "__main__":
    main()
