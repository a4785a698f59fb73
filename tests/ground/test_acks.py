"""A worker whose acknowledgement fails connects again; otherwise it would hear nothing any more (fault R8)."""

from __future__ import annotations

from unittest import mock

import pytest
from celery import current_app
from kombu import Message

from comms.acks import Request
from mailings import tasks

pytestmark = pytest.mark.once


def request_over(channel: mock.Mock) -> Request:
    """A ring as the worker's consumer builds it."""
    task = tasks.pump
    message = Message(b"", channel=channel, delivery_tag="1", content_type="application/json", content_encoding="utf-8")
    return Request(
        message, app=current_app, task=task, on_ack=message.ack_log_error, connection_errors=(TimeoutError,),
        headers={"id": "1", "task": task.name}, body=([], {}, {}), decoded=True,
    )  # fmt: skip


def test_every_task_of_ours_acknowledges_this_way():
    assert tasks.pump.Request == tasks.sweep.Request == "comms.acks:Request"


def test_an_acknowledgement_that_fails_is_not_passed_over():
    ring = request_over(mock.Mock(basic_ack=mock.Mock(side_effect=TimeoutError("frozen"))))
    with pytest.raises(TimeoutError, match="frozen"):
        ring.acknowledge()
    assert not ring.acknowledged


def test_one_that_succeeds_is_said_once():
    channel = mock.Mock()
    ring = request_over(channel)
    ring.acknowledge()
    ring.acknowledge()
    assert channel.basic_ack.call_count == 1
