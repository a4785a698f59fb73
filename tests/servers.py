"""Where the tests' own PostgreSQL and Redis are; `script/test` starts both and says so in the environment."""

from __future__ import annotations

import os

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgres://root@127.0.0.1/postgres")


def redis(database: int) -> str:
    """A Redis database for one group of tests: workers on a shared one would take each other's rings."""
    server = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0").rpartition("/")[0]
    return f"{server}/{database}"
