"""The product's settings with the tables made at once instead of by a hundred migrations, style sheets where they
lie, and one constant of the broker that a fault may shorten.
"""

import os

from comms.settings import *  # noqa: F403
from comms.settings import CELERY_BROKER_TRANSPORT_OPTIONS, STATIC_ROOT, STORAGES


class AtOnce(dict):
    """Says of every app that it has no migrations."""

    def __contains__(self, _app: object) -> bool:
        return True

    def __getitem__(self, _app: str) -> None:
        return None


MIGRATION_MODULES = AtOnce()
STATIC_ROOT.mkdir(exist_ok=True)
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
if "VISIBILITY_SECONDS" in os.environ:  # R18
    CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] = float(os.environ["VISIBILITY_SECONDS"])
