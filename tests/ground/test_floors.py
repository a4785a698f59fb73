"""Who may import whom, and how far one import leads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from importlinter.cli import lint_imports

from tests.ground.chain import LIMIT, graph, longest_chain, longest_way_round

pytestmark = pytest.mark.once


def test_every_floor_only_looks_down(monkeypatch) -> None:
    monkeypatch.chdir(settings.BASE_DIR)
    assert lint_imports(no_cache=True) == 0


def test_no_import_leads_further_than_ten_modules() -> None:
    assert len(longest_chain(graph())) <= LIMIT


def test_no_module_imports_itself_by_a_detour() -> None:
    assert longest_way_round(graph())


def test_nothing_is_left_for_later() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error")
    sources = [
        path
        for room in ("comms", "templates_lib", "mailings", "cms", "tests", "script")
        for path in Path(settings.BASE_DIR, room).rglob("*")
    ]
    left = [
        f"{path}: {word}"
        for path in sources
        if path.suffix in (".py", ".html", ".mjml", ".js", ".css", "")
        and path.is_file()
        and "corpora" not in path.parts
        for word in words
        if re.search(rf"\b{word}\b", path.read_text(errors="replace"))
    ]
    assert left == []
