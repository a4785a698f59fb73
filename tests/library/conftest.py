"""A small library: one shelf for everybody, and minutes of two branches."""

from __future__ import annotations

from typing import Any

import pytest

from tests.library.shelves import Library, make_library


@pytest.fixture
def library(union: Any) -> Library:
    return make_library(union)
