"""A post office of its own for each test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from mailings import courier, dispatch
from templates_lib import bell
from tests.sink import Sink


@pytest.fixture(autouse=True)
def own_post_office(settings, tmp_path, monkeypatch) -> Iterator[None]:
    """Its own folders, no connection kept from another test, and no bell: a test says itself who works when."""
    settings.MAIL_TRANSPORT = "file"
    settings.MAIL_DIR = tmp_path / "mail"
    settings.JOURNAL_DIR = tmp_path / "journal"
    settings.LEDGER_DIR = tmp_path / "ledger"
    settings.MAIL_DOMAIN = settings.BOUNCE_DOMAIN = "union.example.org"
    monkeypatch.setattr(courier, "LONGEST_PAUSE", 0.0)
    monkeypatch.setattr(bell, "_publish", lambda *_: True)
    dispatch._counter.cache_clear()
    yield
    dispatch._counter.cache_clear()


@pytest.fixture
def sink_for(settings) -> Iterator[Callable[..., Sink]]:
    """`sink_for(fault=…)`: a mail server on this machine that the post office sends to."""
    running: list[Sink] = []

    def start(**options: object) -> Sink:
        sink = Sink(**options).__enter__()
        running.append(sink)
        settings.MAIL_TRANSPORT, settings.EMAIL_HOST, settings.EMAIL_PORT = "smtp", "127.0.0.1", sink.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        dispatch._counter.cache_clear()
        return sink

    yield start
    dispatch._counter(os.getpid()).transport.close()
    for sink in running:
        sink.__exit__()
