"""The letter: an A4 page whose address stands in the window of a C5 envelope, folded once.

Where the window is. DIN 5008 form B (for DIN 680 envelopes): an address field of 85 × 45 mm, 20 mm from the left edge
of the sheet and 45 mm from its top. Norwegian C5 window envelopes (officeconsult.no, "Plassering av mottakerfelt i
vinduskonvolutter"): a window of 105 × 35 mm, 15 mm from the left and 44 mm from the top of the envelope; Swedish
envelopes with the window to the left (V2) and Danish ones follow suit. A folded sheet is 148.5 × 210 mm and slides in
162 × 229 mm: by 19 mm sideways, 13.5 mm up and down. Text at `ADDRESS` is inside the window however it slides, a
fourth and fifth line unless the sheet lies quite low; nothing else of the letter stands where the window may come.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from markupsafe import Markup

from templates_lib.render import faces, merge
from templates_lib.render.document import Block, Document, Ours

MAIL_ONLY = frozenset({"header", "hero", "image"})  # the letter has a head of its own, and is not a place for pictures
ASSET = re.compile(r"asset:([0-9a-f]{64})")
_BODY = re.compile(r"<body>\n?(.*)</body>", re.S)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Millimetres from the edges of an A4 sheet."""

    top: float = 10  # the margin; the letterhead ends well above the window
    left: float = 25
    sender_top: float = 46.5
    address_top: float = 50.5
    width: float = 75
    body_top: float = 88  # below everything a window can show
    fold: float = 148.5


SHEET = Sheet()


def letter_html(document: Document, *, words: Mapping[str, str]) -> str:
    """One letter as a page of HTML; the member's name and address and the date stay holes.

    `words` in the message's language: statutory (stands in the footer where nobody can refuse).
    """
    has_head = document.first("header") is not None  # then the brand's pictures belong to the message
    shown = replace(
        document,
        blocks=tuple(_worded(block, words) for block in document.blocks if block.kind not in MAIL_ONLY),
    )
    environment = faces.environment(escape=True, finalize=_printed)
    brand = document.brand
    return environment.get_template("letter.html").render(
        document=shown,
        brand=brand,
        c=brand.palette,
        logo=brand.logo if has_head else None,
        place=SHEET,
        hole=merge.hole,
    )


def joined(letters: Iterable[tuple[str, Mapping[str, str]]]) -> str:
    """Many letters as one page: (source, values of the member) in order, each source a `letter_html`.

    The sources are one mailing's, in whatever languages: they share the head of the first.
    """
    head, bodies = "", []
    for source, values in letters:
        body = _BODY.search(source)
        if body is None:
            raise ValueError("not a letter")
        head = head or merge.fill(source[: body.start()], {"unit": values.get("unit", "")})
        bodies.append(merge.fill(body[1], values))
    return f"{head}<body>\n{''.join(bodies)}</body>\n</html>\n"


def assets(source: str) -> set[str]:
    """sha256 of every picture a letter shows."""
    return set(ASSET.findall(source))


def _worded(block: Block, words: Mapping[str, str]) -> Block:
    return replace(block, labels={**block.labels, **words}) if block.kind == "footer" else block


def _printed(value: object) -> object:
    return Markup(value) if isinstance(value, Ours) else value  # noqa: S704  # ours, checked when made
