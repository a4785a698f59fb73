"""The bell. Tasks carry no data: the database is the queue (see docs/pipeline.md)."""

import gc
import os

from celery import Celery
from celery.signals import worker_ready
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "comms.settings")
TRANSPORT_ALIASES["files"] = "comms.broker:Transport"  # what `files://` in the settings means

app = Celery("comms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.Task.Request = "comms.acks:Request"
app.autodiscover_tasks()


@worker_ready.connect
def settle_down(**_: object) -> None:
    """What a worker has loaded stays for its whole life: the collector need not look through it again and again
    (a twentieth of a sending worker's time).
    """
    gc.collect()
    gc.freeze()
