"""A small library: one shelf for everybody, and minutes of two branches."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kept import kept
from tests.library.editing import make_editor
from tests.library.shelves import make_library

kept_library, library = kept("library", make_library, "union")


@pytest.fixture
def editor(union: Any, sign_in: Any) -> Any:
    """Sara's browser: staff, and an editor."""
    return sign_in(make_editor(union.sara))
