"""The queue and its throughput for Prometheus. Read from the database when asked, so any process may answer."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

from django.db.models import Count
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from mailings.models import Halt, Mailing, Pulse
from mailings.operations import figures


def _gauge(name: str, text: str, values: Iterable[tuple[str, float]], label: str = "") -> Metric:
    gauge = GaugeMetricFamily(f"comms_{name}", text, labels=[label] if label else None)
    for key, value in values:
        gauge.add_metric([key] if label else [], value)
    return gauge


class Office:
    """A collector of prometheus_client."""

    def __init__(self, now: datetime.datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        yield from self._queue()
        yield from self._throughput()
        yield from self._signs()

    def _queue(self) -> Iterator[Metric]:
        mailings = Mailing.unscoped.filter(practice=False).order_by().values_list("state").annotate(n=Count("id"))
        rows = figures.batches()
        batches = {state: rows[state]["n"] if state in rows else 0 for state in ("held", "ready", "leased", "done")}
        yield _gauge("mailings", "Mailings by state", mailings, "state")
        yield _gauge("batches", "Batches by state", batches.items(), "state")
        yield _gauge("recipients", "Recipients by state", figures.recipients(rows).items(), "state")
        age = figures.oldest_ready(now=self.now)
        yield _gauge("oldest_ready_batch_seconds", "How long the oldest ready batch has waited", [("", age)])
        stopped = float(Halt.objects.open().exists())
        yield _gauge("stopped", "1 while everything is stopped", [("", stopped)])

    def _throughput(self) -> Iterator[Metric]:
        sent = [(f"{n}m", figures.sent_in(now=self.now, minutes=n) / n) for n in (5, 60)]
        yield _gauge("sent_per_minute", "Mails the server took, on average over a window", sent, "window")
        workers = figures.workers(now=self.now)
        busy = [worker for worker in workers if worker.batch]
        yield _gauge("workers", "Workers", [("busy", len(busy)), ("seen_in_an_hour", len(workers))], "kind")
        beats = [worker.batch.heartbeat_at for worker in busy if worker.batch and worker.batch.heartbeat_at]
        oldest = (self.now - min(beats, default=self.now)).total_seconds()
        yield _gauge("oldest_heartbeat_seconds", "The longest silence of a worker with a batch", [("", oldest)])

    def _signs(self) -> Iterator[Metric]:
        pulses = {pulse.name: pulse for pulse in Pulse.objects.all()}
        times = [(name, pulse.at.timestamp()) for name, pulse in pulses.items()]
        yield _gauge("last_time_seconds", "When it last happened, as a Unix time", times, "what")
        yield _gauge("last_good", "1 when the last one went well", [(n, p.good) for n, p in pulses.items()], "what")
        if "canary" in pulses:
            seconds = [("", pulses["canary"].figures.get("seconds", 0.0))]
            yield _gauge("canary_seconds", "How long the mail server took for the canary", seconds)
        if "reconcile" in pulses:
            disagree = [("", pulses["reconcile"].figures.get("disagree", 0))]
            yield _gauge("disagreements", "Mailings whose sums do not agree", disagree)


def exposition() -> bytes:
    """Everything in Prometheus's text format."""
    registry = CollectorRegistry()
    registry.register(Office(timezone.now()))
    return generate_latest(registry)
