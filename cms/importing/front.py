"""Front matter: the block of YAML between two `---` lines above a text, or in a file of its own beside a Word file."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.translation import gettext as _

from cms.importing.article import EVERYBODY, Refused

MAX_BYTES = 16 * 1024
DEPTH = 4  # lists and mappings inside each other
FENCE = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
KEYS = (
    "title", "kind", "language", "shelf", "audience", "date", "short_answer", "valid_until", "subjects",
    "responsible", "files", "key",
)  # fmt: skip


@dataclass
class Front:
    """What the block says, and on which line of the file each key stands; `unused` are keys we do not know."""

    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)

    def refuse(self, key: str, reason: str) -> Refused:
        return Refused(f"{key}: {reason}", self.lines.get(key, 0))

    def text(self, key: str, *, longest: int) -> str:
        value = self.values.get(key)
        if value is None:
            return ""
        if isinstance(value, dict | list):
            raise self.refuse(key, _("This must be one text."))
        said = " ".join(str(value).split())
        if len(said) > longest:
            raise self.refuse(key, _("This is longer than %d characters.") % longest)
        return said

    def texts(self, key: str) -> tuple[str, ...]:
        """One text, or a list of them."""
        value = self.values.get(key)
        several = value if isinstance(value, list) else [] if value is None else [value]
        if any(isinstance(one, dict | list) or one is None for one in several):
            raise self.refuse(key, _("This must be a text or a list of texts."))
        return tuple(str(one).strip() for one in several if str(one).strip())

    def day(self, key: str) -> datetime.date | None:
        value = self.values.get(key)
        if isinstance(value, datetime.datetime):
            return value.date()
        if value is None or isinstance(value, datetime.date):
            return value
        try:
            return datetime.date.fromisoformat(str(value).strip())
        except ValueError:
            raise self.refuse(key, _("Write the date like 2027-03-12.")) from None

    def one_of(self, key: str, allowed: tuple[str, ...], default: str) -> str:
        said = self.text(key, longest=40) or default
        if said not in allowed:
            raise self.refuse(key, _("“%(said)s” is not one of %(allowed)s.")
                              % {"said": said, "allowed": ", ".join(allowed)})  # fmt: skip
        return said

    def audience(self) -> tuple[str, ...] | str | None:
        units = self.texts("audience")
        if not units:
            return None
        return EVERYBODY if units == (EVERYBODY,) else units


def split(text: str) -> tuple[Front, str, int]:
    """(front matter, the rest, the line the rest begins on). Raises `Refused`."""
    found = FENCE.match(text)
    if found:
        return parse(found[1], first_line=2), text[found.end() :], text[: found.end()].count("\n") + 1
    if text.startswith("---\n"):
        raise Refused(_("The front matter has no end: a line with only --- is missing."), 1)
    return Front(), text, 1


def parse(block: str, *, first_line: int) -> Front:
    """Raises `Refused`."""
    if len(block.encode()) > MAX_BYTES:
        raise Refused(_("The front matter is too long."), first_line)
    try:
        _check_events(block, first_line)
        node, values = yaml.compose(block, Loader=yaml.SafeLoader), yaml.safe_load(block)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = (mark.line if mark else 0) + first_line
        problem = getattr(error, "problem", None) or "YAML"
        raise Refused(_("The front matter cannot be read: %s.") % problem, line) from None
    except (ValueError, RecursionError, OverflowError):  # 2027-13-45, or a thousand brackets
        raise Refused(_("The front matter cannot be read: %s.") % "YAML", first_line) from None
    if values is None:
        return Front()
    if not isinstance(node, yaml.MappingNode):
        raise Refused(_("The front matter must be lines like “title: …”."), first_line)
    lines = {str(key.value): key.start_mark.line + first_line for key, _value in node.value}
    if len(lines) != len(node.value):
        raise Refused(_("A key stands twice in the front matter."), first_line)
    known = {str(key): value for key, value in values.items() if str(key) in KEYS}
    return Front(known, lines, [str(key) for key in values if str(key) not in KEYS])


def _check_events(block: str, first_line: int) -> None:
    """References to other parts (`&` and `*`) are refused: a few lines can unfold to gigabytes; a thousand brackets
    inside each other take minutes. Reads no further than it must.
    """
    depth = 0
    for event in yaml.parse(block, Loader=yaml.SafeLoader):
        line = (event.start_mark.line if event.start_mark else 0) + first_line
        if isinstance(event, yaml.AliasEvent):
            raise Refused(_("The front matter may not refer to itself with *."), line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEPTH:
            raise Refused(_("The front matter is nested too deeply."), line)
