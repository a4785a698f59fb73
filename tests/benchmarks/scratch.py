"""A database on PostgreSQL that a benchmark fills and leaves nothing of, and what it prints."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "comms.settings")


@contextlib.contextmanager
def postgres(keep: str = "") -> Iterator[None]:
    """Beside the configured database, with our tables; with `keep` the one of that name, which stays. Ends the program
    where `DATABASE_URL` names another kind.
    """
    with TemporaryDirectory() as folder:
        os.environ["VAR_DIR"] = str(Path(folder) / "var")
        import django

        django.setup()
        from django.db import connection

        if connection.vendor != "postgresql":
            sys.exit("The goals are for PostgreSQL: set DATABASE_URL.")
        connection.settings_dict["TEST"]["NAME"] = keep or f"bench_{os.getpid()}"
        name, create = connection.settings_dict["NAME"], connection.creation.create_test_db
        with contextlib.redirect_stdout(sys.stderr):  # a word about the cache's table
            create(verbosity=0, autoclobber=True, serialize=False, keepdb=bool(keep))
        try:
            yield
        finally:
            connection.creation.destroy_test_db(name, verbosity=0, keepdb=bool(keep))


def tell(found: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(found))
        return
    for key, value in found.items():
        sys.stdout.write(f"{key:24} {value}\n")
