"""Providers that are configured, and no bell."""

from __future__ import annotations

import pytest

from mailings.facts import intake
from templates_lib import bell
from tests.mailings.facts import providers


@pytest.fixture(autouse=True)
def configured(settings, monkeypatch) -> list[str]:
    """Answers what was rung for."""
    settings.WEBHOOK_PROVIDERS = list(providers.ALL)
    settings.ANYMAIL = dict(providers.SETTINGS)
    settings.SECRET_KEY = "a key of the tests alone"
    rung: list[str] = []
    monkeypatch.setattr(bell, "ring", lambda task, *ids: rung.append(task))
    monkeypatch.setattr(intake, "_rung", float("-inf"))
    return rung
