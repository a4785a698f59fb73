"""The templates a union begins with: one TOML file each, every text in four languages side by side.

In a file a rich text is written plainly: an empty line between paragraphs, `- ` before a list entry, `**bold**`.
A field with `ask` is a slot, worded by `questions.toml`; without it is locked.
"""

from __future__ import annotations

import json
import re
import tomllib
import uuid
from collections.abc import Mapping
from functools import cache
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from templates_lib import artwork, pictures
from templates_lib.blocks import vocabulary
from templates_lib.models import InvitationTemplate, Topic

FOLDER = Path(__file__).parent
NAMESPACE = uuid.UUID("6f1d7c52-0b8e-4a52-9f0c-2f6f3b1b7a10")
SHIPPED = (
    "annual-meeting", "member-meeting", "pay-round", "course", "newsletter", "welcome", "notice", "thanks",
)  # fmt: skip
EMPTY: dict[str, dict[str, Any]] = {  # what a file never fills in
    "date_time": {"at": None}, "place": {"name": "", "address": "", "url": ""}, "person": {},
}  # fmt: skip
Texts = Mapping[str, str]


def install(topics: Mapping[str, Topic]) -> list[InvitationTemplate]:
    """Every shipped template, published; one that is here already is kept as staff left it. `topics` by category."""
    here = {template.slug: template for template in InvitationTemplate.objects.filter(slug__in=SHIPPED)}
    return [here.get(slug) or make(slug, topics[_read(slug)["category"]]) for slug in SHIPPED]


def make(slug: str, topic: Topic) -> InvitationTemplate:
    """One shipped template, saved and published. Stores the pictures it shows."""
    spec = _read(slug)
    template = InvitationTemplate.objects.create(
        slug=slug,
        name=spec["title"]["sv"],
        task=spec["task"],
        titles=spec["title"],
        descriptions=spec["description"],
        subject=spec["subject"],
        topic=topic,
        approval_required=spec.get("approval", False),
        body=body(slug),
        live=False,
    )
    template.save_revision().publish()
    return InvitationTemplate.objects.get(pk=template.pk)


def body(slug: str) -> str:
    """The blocks as StreamField JSON; their ids are the same every time, so that drafts and tests can name them."""
    kinds = dict(vocabulary())
    return json.dumps([
        {
            "type": block["kind"],
            "id": str(uuid.uuid5(NAMESPACE, f"{slug} {n} {block['kind']}")),
            "value": _block(kinds[block["kind"]].fields, block),
        }
        for n, block in enumerate(_read(slug)["block"])
    ])  # fmt: skip


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


@cache
def _drawn(drawing: str) -> tuple[bytes, str, tuple[int, int]]:
    """A motif as it is stored: drawn and encoded once per process."""
    return pictures.reencode(artwork.DRAWINGS[drawing]())


def _block(fields: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    named = {name.removesuffix("_of"): value for name, value in spec.items() if name not in {"kind", "optional"}}
    if strange := named.keys() - fields.keys():
        raise KeyError(f"{spec['kind']} has no {sorted(strange)}")
    value = {name: _field(fields[name].slot_type, field) for name, field in named.items()}
    return {**value, "optional": True} if spec.get("optional") else value


def _field(kind: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    asked = _read("questions")[spec["ask"]] if "ask" in spec else {}
    return {
        "slot": bool(asked),
        "required": spec.get("required", False),
        "max_length": spec.get("max_length"),
        "label": asked.get("label", {}),
        "help": asked.get("help", {}),
        "example": spec.get("example", {}),
        **_content(kind, spec),
    }


def _content(kind: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """What staff wrote, in the shape of the field's own sub-blocks."""
    if kind == "choice":
        items = [(str(uuid.uuid5(NAMESPACE, text["en"])), text) for text in spec["choices"]]
        return {"choices": [{"type": "item", "id": key, "value": text} for key, text in items]}
    if kind == "image":
        drawing = spec.get("drawing")
        picture = pictures.keep(*_drawn(drawing)).pk if drawing else None
        return {"picture": picture, "alt": spec.get("alt", {})}
    texts: Texts = spec.get("text", {})
    written = rich if kind == "rich_text" else str.strip
    text = {"text": {language: written(words) for language, words in texts.items()}}
    if kind == "link":
        return {"url": spec.get("url", ""), **text}
    empty: dict[str, dict[str, Any]] = {
        "date_time": {"at": None},
        "place": {"name": "", "address": "", "url": ""},
        "person": {},
    }
    return empty.get(kind, text)


def rich(plain: str) -> str:
    """Paragraphs, lists and bold as the rich text editor stores them."""
    out = []
    for paragraph in re.split(r"\n\s*\n", plain.strip()):
        for listed, lines in groupby(paragraph.splitlines(), key=lambda line: line.startswith("- ")):
            words = [_bold(escape(line.removeprefix("- "), quote=False)) for line in lines]
            entries = "".join(f"<li>{line}</li>" for line in words)
            out.append(f"<ul>{entries}</ul>" if listed else f"<p>{' '.join(words)}</p>")
    return "".join(out)


def _bold(line: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", line)
