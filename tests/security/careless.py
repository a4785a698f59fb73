"""The product with a page and a task that fail with a person's data in their hands and in their words."""

from __future__ import annotations

from tests.faults.settings import *  # noqa: F403

ROOT_URLCONF = "tests.security.careless_urls"
CELERY_IMPORTS = ["tests.security.careless_tasks"]
