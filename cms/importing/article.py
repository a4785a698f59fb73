"""What one file says, before anything of it is in the database."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

EVERYBODY = "everybody"


class FolderError(Exception):
    """The folder as a whole cannot be imported; the message says what to do."""


class Refused(Exception):
    """One file, or one thing in it, cannot be taken; `line` is 0 when it is about the whole file."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


class Refusal(NamedTuple):
    """What the person at the terminal is told of a file: its path inside the folder, the line or 0, and why."""

    path: str
    line: int
    reason: str


class Block(NamedTuple):
    """A part of the body. `kind` as in `cms.blocks.Body`; `value` is text for a heading, rich text for a paragraph,
    and a dictionary otherwise, with rich text as `text` or a picture's source as `image`. In rich text a link to
    another file of the folder is `<a linktype="page" id="PATH">`.
    """

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Article:
    """A page to be. `audience` is a tuple of registry codes, `EVERYBODY`, or None for “as the shelf”. `files` are
    paths inside the folder, `pictures` are re-encoded bytes by their source, `links` the paths it links to.
    """

    path: str
    key: str
    kind: str
    title: str
    language: str
    shelf: tuple[str, ...]
    audience: tuple[str, ...] | str | None
    date: datetime.date | None
    valid_until: datetime.date | None
    summary: str
    subjects: tuple[str, ...]
    responsible: str
    blocks: tuple[Block, ...]
    files: tuple[str, ...]
    links: tuple[str, ...]
    file_hashes: tuple[str, ...]
    pictures: Mapping[str, bytes] = field(repr=False)
    lines: Mapping[str, int] = field(repr=False)  # front matter key -> line
    without: tuple[str, ...] = ()  # what of the file is left out, in plain words

    def fingerprint(self, linked: Mapping[str, int]) -> str:
        """The same for the same content; `linked` says to which pages its links lead (path -> page)."""
        said = asdict(self)
        for name in ("path", "pictures", "lines", "without", "links"):
            said.pop(name)
        said["pictures"] = sorted(hashlib.sha256(content).hexdigest() for content in self.pictures.values())
        said["linked"] = sorted(linked.items())
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()
