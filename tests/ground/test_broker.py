"""The embedded broker loses nothing and hands nothing out twice, however many processes share it."""

from __future__ import annotations

import json
import multiprocessing
import time
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

from comms.celery import app

pytestmark = pytest.mark.once

PRODUCERS, CONSUMERS, MESSAGES = 3, 3, 400


def connect(folder: Path) -> Connection:
    return Connection("files://", transport_options={"folder": str(folder), "polling_interval": 0.1})


def produce(folder: Path, producer: int) -> None:
    with connect(folder) as connection:
        queue = connection.SimpleQueue("bell")
        for n in range(MESSAGES):
            queue.put({"id": f"{producer}-{n}", "filling": "x" * 2000})
        queue.close()


def consume(folder: Path, consumer: int) -> None:
    heard = []
    with connect(folder) as connection:
        queue = connection.SimpleQueue("bell")
        until = time.monotonic() + 30
        while time.monotonic() < until and not (folder / "end").exists():
            while True:
                try:
                    message = queue.get_nowait()
                except Empty:
                    break
                heard.append(message.payload["id"])
                message.ack()
            time.sleep(0.01)
        queue.close()
    (folder / f"heard-{consumer}.json").write_text(json.dumps(heard))


def test_many_processes_lose_no_message_and_take_none_twice(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    consumers = [spawn.Process(target=consume, args=(tmp_path, n)) for n in range(CONSUMERS)]
    producers = [spawn.Process(target=produce, args=(tmp_path, n)) for n in range(PRODUCERS)]
    for process in [*consumers, *producers]:
        process.start()
    for process in producers:
        process.join(30)
        assert process.exitcode == 0
    until = time.monotonic() + 20
    while any((tmp_path / "queue").iterdir()) and time.monotonic() < until:
        time.sleep(0.02)
    (tmp_path / "end").touch()
    for process in consumers:
        process.join(30)
        assert process.exitcode == 0
    heard = [name for n in range(CONSUMERS) for name in json.loads((tmp_path / f"heard-{n}.json").read_text())]
    assert sorted(heard) == sorted(f"{p}-{n}" for p in range(PRODUCERS) for n in range(MESSAGES))


def test_a_half_written_message_is_not_seen(tmp_path: Path) -> None:
    with connect(tmp_path) as connection:
        queue = connection.SimpleQueue("bell")
        queue.put({"id": "whole"})
        (tmp_path / "queue" / ".00000000000000000000_half.bell.msg").write_text('{"id": "ha')
        assert queue.get_nowait().payload == {"id": "whole"}
        assert queue.qsize() == 0
        queue.close()


def test_the_oldest_message_comes_first_and_queues_do_not_mix(tmp_path: Path) -> None:
    with connect(tmp_path) as connection:
        bell, other = connection.SimpleQueue("bell"), connection.SimpleQueue("other")
        for n in range(3):
            bell.put(n)
            other.put(10 + n)
        assert [bell.get_nowait().payload for _ in range(3)] == [0, 1, 2]
        assert [other.get_nowait().payload for _ in range(3)] == [10, 11, 12]
        bell.close(), other.close()


def test_without_environment_celery_rings_through_the_embedded_broker(settings) -> None:
    if settings.REDIS_URL:
        assert app.conf.broker_url == settings.REDIS_URL
    else:
        with app.connection() as connection:
            assert connection.transport_cls == "files"
            assert type(connection.transport).__module__ == "comms.broker"
