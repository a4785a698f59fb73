"""A page as it is read: its text in parts with a table of contents, its files, and what stands around it.

Knows no model: it draws a published page for readers, and a draft for staff's preview.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.text import slugify

CONTENTS_FROM = 3  # headings
WIDTHS = (480, 960)  # pixels


@dataclass(frozen=True, slots=True)
class Part:
    """One block of the text. `value` is what the block holds, for a picture a `Shown`; headings have an `anchor`."""

    kind: str
    value: Any
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture in a page: addresses, pixels of the original, what it shows in words."""

    src: str
    srcset: str
    width: int
    height: int
    alt: str
    caption: str


@dataclass(frozen=True, slots=True)
class File:
    """`kind` is its ending in capitals, `size` in bytes."""

    name: str
    kind: str
    size: int
    url: str


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the files and the pictures (at a width) of a page are to be had."""

    file: Callable[[Any], str]
    picture: Callable[[Any, int], str]


def doors(page: Any, *, to_all: bool = False) -> Doors:
    """Our own addresses, for readers or under `open/`."""
    file, picture = ("cms:open_file", "cms:open_picture") if to_all else ("cms:file", "cms:picture")
    return Doors(
        file=lambda attachment: reverse(file, args=[page.public_id, attachment.public_id]),
        picture=lambda image, width: f"{reverse(picture, args=[page.public_id, image.pk])}?width={width}",
    )


STAFF_ONLY = Doors(file=lambda attachment: attachment.document.url, picture=lambda image, width: image.file.url)


@dataclass(frozen=True, slots=True)
class Sheet:
    """`contents` are the headings, when there are enough of them to need a list."""

    parts: list[Part]
    contents: list[Part]
    files: list[File]


def sheet(page: Any, *, at: Doors) -> Sheet:
    """At most two queries: the pictures, and the files."""
    parts = _parts(getattr(page, "body", ()), at)
    headings = [part for part in parts if part.kind == "heading"]
    return Sheet(parts, headings if len(headings) >= CONTENTS_FROM else [], files(page, at))


def files(page: Any, at: Doors) -> list[File]:
    return [_file(one, at) for one in page.attachments.select_related("document")]


def _file(attachment: Any, at: Doors) -> File:
    document = attachment.document
    size = document.file_size or (document.file.size if document.file.storage.exists(document.file.name) else 0)
    return File(str(attachment), document.file_extension.upper(), size, at.file(attachment))


def pictures_of(page: Any) -> set[int]:
    """The ids of the images that the text of the page shows; asks nothing of the database."""
    body = getattr(page, "body", None)
    held = [one["value"]["image"] for one in body.raw_data if one["type"] == "figure"] if body else []
    return {one["image"] if isinstance(one, dict) else one for one in held} - {None}


def _parts(body: Any, at: Doors) -> list[Part]:
    parts: list[Part] = []
    taken: set[str] = set()
    for block in body:
        kind, value, anchor = block.block_type, block.value, ""
        if kind == "heading":
            anchor = _anchor(str(value), taken)
            taken.add(anchor)
        if kind == "figure":
            if value["image"] is None:  # deleted since
                continue
            value = _shown(value["image"], str(value["caption"] or ""), at)
        parts.append(Part(kind, value, anchor))
    return parts


def _anchor(words: str, taken: set[str]) -> str:
    """A name for a heading within its page, made of its words so that a link to it lives as long as they do."""
    stem = slugify(words) or "part"
    number = next(n for n in range(1, len(taken) + 2) if _numbered(stem, n) not in taken)
    return _numbered(stem, number)


def _numbered(stem: str, number: int) -> str:
    return f"t-{stem}" if number == 1 else f"t-{stem}-{number}"  # never one of the page's own ids


def _shown(image: Any, caption: str, at: Doors) -> Shown:
    widths = [width for width in WIDTHS if width < image.width] or [WIDTHS[0]]
    srcset = ", ".join(f"{at.picture(image, width)} {min(width, image.width)}w" for width in WIDTHS)
    alt = "" if image.decorative else str(image.contextual_alt_text or "")
    return Shown(at.picture(image, max(widths)), srcset, image.width, image.height, alt, caption)


def preview(page: Any) -> dict[str, Any]:
    """What the template of a page wants to know, of a draft that nobody has published; for staff's screens."""
    everybody, units = page.readers()
    entry = {
        "title": page.title,
        "language": page.language,
        "kind": page.kind,
        "get_kind_display": page._meta.verbose_name,
        "summary": page.summary(),
        "dated": page.day() or page.first_published_at,
        "changed_at": page.last_published_at,
        "valid_until": page.valid_until,
        "everybody": everybody,
    }
    related = [getattr(row.related, "entry", None) for row in page.related_pages.all()]
    return {
        "entry": entry,
        "units": units,
        "sheet": sheet(page, at=STAFF_ONLY),
        "related": [one for one in related if one],
        "subjects": list(page.subjects.all()),
        "responsible": page.responsible,
        "section": "library",
    }
