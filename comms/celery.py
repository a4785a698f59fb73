"""The bell. Tasks carry no data: the database is the queue (see docs/pipeline.md)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "comms.settings")
app = Celery("comms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
