"""The bell. Tasks carry no data: the database is the queue (see docs/pipeline.md)."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "comms.settings")
TRANSPORT_ALIASES["files"] = "comms.broker:Transport"  # what `files://` in the settings means

app = Celery("comms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.Task.Request = "comms.acks:Request"
app.autodiscover_tasks()
