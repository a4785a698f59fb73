"""What a message says, ready to be drawn: every output is made from one `Document`.

Trust is a type. A plain `str` was typed by somebody and is escaped wherever it lands; `RichText` is what
`render.html.clean_rich_text` let through; `Ours` is a value we checked ourselves (a colour, a typeface).
Typed text may hold member fields as holes, see `render.merge`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from templates_lib.render import colours

TYPEFACES = {  # name -> what stands in for it where a mail program has not got it
    "Lato": "'Helvetica Neue', Helvetica, Arial, sans-serif",
    "Noto Serif": "Georgia, 'Times New Roman', serif",
}
FALLBACKS = '"Noto Sans", "Noto Sans Arabic", "Noto Sans Hebrew"'  # for names in other scripts, on paper


class RenderRefused(ValueError):
    """The message cannot be drawn safely; the text says why.

    `line` and `column` count from 1 where the place is known, `source` is that line as it was written.
    """

    def __init__(self, why: str, *, line: int | None = None, column: int | None = None, source: str = "") -> None:
        super().__init__(why)
        self.line = line
        self.column = column
        self.source = source


class Ours(str):
    """Text we made or checked ourselves; goes out as it is."""

    __slots__ = ()


class RichText(Markup):
    """Rich text out of the sanitiser; may stand between tags, never inside one."""

    __slots__ = ()

    def lines(self, width: int) -> int:
        """About how many lines of `width` characters it fills."""
        pieces = [re.sub("<[^>]*>", "", piece) for piece in re.split("</p>|</li>|<br>", self)]
        return sum(1 + len(piece) // width for piece in pieces if piece)


def colour(value: str) -> Ours:
    """A colour as `#rrggbb`. Raises `RenderRefused` for anything else."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise RenderRefused(f"Not a colour: {value!r}")
    return Ours(value.lower())


@dataclass(frozen=True, slots=True)
class Image:
    """A stored picture: `url` is absolute, `alt` says what it shows, sizes in pixels."""

    sha256: str
    url: str
    alt: str
    width: int
    height: int

    @property
    def wide(self) -> bool:
        """A banner: on paper it may be cropped to a strip; other pictures are shown whole."""
        return self.width >= 1.9 * self.height

    def shown_width(self, limit: int, *, height: int = 10_000) -> int:
        """Pixels wide when fitted into `limit` × `height`, never enlarged."""
        scale = min(1, limit / max(self.width, 1), height / max(self.height, 1))
        return max(1, round(self.width * scale))


@dataclass(frozen=True, slots=True)
class Moment:
    """A date and time in words of the message's language."""

    iso: str
    day: str  # Fredag 12 mars 2027
    time: str  # kl. 18.00
    clock: str  # 18.00


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list, with the time in front of it ("" when it has none)."""

    text: str
    time: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    name: str
    address: str = ""
    url: str = ""
    online: bool = False  # the link is the meeting, not a map


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    text: str

    @property
    def shown(self) -> str:
        """The address as it is read on paper."""
        return self.url.removeprefix("https://").removeprefix("mailto:").removeprefix("tel:")


@dataclass(frozen=True, slots=True)
class Enclosed(Link):
    """A file that goes with the message: the mail leads to it by the reader's own link, paper only names it."""

    @property
    def shown(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: shown in the contact card and in the footer."""

    name: str
    role: str = ""
    unit: str = ""
    email: str = ""
    phone: str = ""

    def signature(self, brand: Brand) -> str:
        """Name, role and unit in one line; a unit the brand names already is not repeated."""
        unit = "" if self.unit in {brand.name, brand.own_name} else self.unit
        return ", ".join(part for part in (self.name, self.role, unit) if part)

    @property
    def mailto(self) -> str:
        return f"mailto:{self.email}"

    @property
    def tel(self) -> str:
        return "tel:" + re.sub(r"[^0-9+]", "", self.phone)


@dataclass(frozen=True, slots=True)
class Brand:
    """How the union looks. Colours are `#rrggbb`; the dark ones are derived so that they stay readable."""

    name: str
    logo: Image | None = None
    own_name: str = ""  # the branch's, shown beside the union's
    own_logo: Image | None = None
    primary: str = "#7a1f2b"
    on_primary: str = "#ffffff"
    accent: str = "#f3c14b"
    ink: str = "#1f1b18"
    paper: str = "#faf7f2"
    typeface: str = "Lato"
    footer: str = ""
    website: str = ""
    sender_name: str = ""  # after the person's name in From; empty: the union's

    @property
    def full_name(self) -> str:
        """The union's name, and the branch's own after it."""
        return ", ".join(name for name in dict.fromkeys((self.name, self.own_name)) if name)

    @property
    def footer_lines(self) -> list[str]:
        return [line.strip() for line in self.footer.splitlines() if line.strip()]

    @property
    def website_shown(self) -> str:
        return self.website.removeprefix("https://").removeprefix("http://").rstrip("/")

    @property
    def palette(self) -> dict[str, Ours]:
        """Every colour a face may use, checked, light and dark."""
        primary, ink, paper, accent = (colour(c) for c in (self.primary, self.ink, self.paper, self.accent))
        return {
            name: colour(value)
            for name, value in colours.palette(
                primary=primary, on_primary=colour(self.on_primary), accent=accent, ink=ink, paper=paper
            ).items()
        }

    @property
    def family(self) -> Ours:
        """The CSS font stack of the mail: ours where it is installed, the reader's own otherwise."""
        return Ours(f"'{self._typeface}', {TYPEFACES[self._typeface]}".replace("'Lato'", "Lato"))

    @property
    def print_family(self) -> Ours:
        """The CSS font stack on paper: the shipped typefaces only."""
        return Ours(f'"{self._typeface}", {FALLBACKS}')

    @property
    def _typeface(self) -> str:
        if self.typeface not in TYPEFACES:
            raise RenderRefused(f"Unknown typeface: {self.typeface!r}")
        return self.typeface


@dataclass(frozen=True, slots=True)
class Block:
    """One block: `kind` names its folder, `values` its fields, `labels` its fixed words in the message's language."""

    kind: str
    values: Mapping[str, Any]
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def heading(self) -> str:
        """The first heading it shows, by the fields' names; empty when it has none."""
        named = ((name, value) for name, value in self.values.items() if name == "heading" or name.endswith("_heading"))
        title = self.values.get("text", "") if self.kind == "heading" else ""
        return title or next((str(value) for _name, value in named if value), "")


@dataclass(frozen=True, slots=True)
class Document:
    """A whole message. `subject` and `preheader` may hold member fields; it loads from `base_url` only."""

    language: str
    subject: str
    preheader: str
    brand: Brand
    sender: Sender
    blocks: tuple[Block, ...]
    base_url: str
    topic_lines: tuple[str, ...] = ()
    can_refuse: bool = True
    dir: str = "ltr"
    page_url: str = ""  # the shared web copy, for QR codes and SMS; empty where there is none yet

    def enclosing(self, files: tuple[Enclosed, ...], *, heading: str) -> Document:
        """The same with files: in its block of documents where it has one, else in one above contact and footer."""
        if not files:
            return self
        if block := self.first("documents"):
            with_files = replace(block, values={**block.values, "enclosed": files})
            return replace(self, blocks=tuple(with_files if one is block else one for one in self.blocks))
        kinds = [block.kind for block in self.blocks]
        at = next((kinds.index(kind) for kind in ("contact", "footer") if kind in kinds), len(kinds))
        papers = dict.fromkeys(("first", "second", "third", "fourth"))
        added = Block("documents", {"heading": heading, **papers, "enclosed": files})
        return replace(self, blocks=(*self.blocks[:at], added, *self.blocks[at:]))

    def without_files(self) -> Document:
        """The same for whoever has the address: the files are the recipients' own."""
        bare = (replace(b, values={**b.values, "enclosed": ()}) if "enclosed" in b.values else b for b in self.blocks)
        return replace(self, blocks=tuple(bare))

    def first(self, kind: str) -> Block | None:
        """The first block of a kind, for faces that pick what they show."""
        return next((block for block in self.blocks if block.kind == kind), None)

    def level(self, block: Block) -> int:
        """Heading level of a block: the first heading that is shown is 1, the others 2."""
        first = next((other for other in self.blocks if other.heading), None)
        return 1 if block is first else 2

    def after(self, block: Block) -> Block | None:
        """The block that follows."""
        return next((later for this, later in pairwise(self.blocks) if this is block), None)

    def before(self, block: Block) -> Block | None:
        """The block above."""
        return next((earlier for earlier, this in pairwise(self.blocks) if this is block), None)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of block it uses, each once: their style sheets go into the frame."""
        return tuple(dict.fromkeys(block.kind for block in self.blocks))

    @property
    def pictures(self) -> dict[str, Image]:
        """Every picture the message shows, by sha256."""
        found = [v for block in self.blocks for v in block.values.values() if isinstance(v, Image)]
        if self.brand.logo and any(block.kind == "header" for block in self.blocks):
            found.append(self.brand.logo)
        if self.brand.own_logo and any(block.kind == "header" for block in self.blocks):
            found.append(self.brand.own_logo)
        return {image.sha256: image for image in found}
