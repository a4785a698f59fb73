"""Where the faces live: the frames here in `faces/`, a block's own three beside its `block.py`."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FRAMES = Path(__file__).parent / "faces"
BLOCKS = Path(__file__).parent.parent / "blocks"
FOLDERS = [FRAMES, BLOCKS]


@lru_cache(maxsize=8)
def environment(*, escape: bool, finalize: Callable[..., Any] | None = None) -> Environment:
    """A template engine for staff-made faces; typed text is only ever a value in it, never its source."""
    return Environment(
        loader=FileSystemLoader(FOLDERS),
        autoescape=escape,  # noqa: S701  # off for plain text only
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
