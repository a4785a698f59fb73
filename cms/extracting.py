"""The text inside attached files."""

from __future__ import annotations

from typing import Any


def text_of(page: Any) -> str:
    """What the attachments of a published page say, as plain text; "" where there is nothing to read."""
    return ""
