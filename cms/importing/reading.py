"""A folder to descriptions of pages, and what of it is refused. Touches no database."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from cms.importing import folder as files
from cms.importing import formats, front, markup
from cms.importing.article import Article, Block, Refusal, Refused
from cms.importing.front import Front
from comms.people.models import LANGUAGES
from templates_lib.pictures import PictureRefused, reencode

KINDS = ("article", "minutes", "document", "news")
Progress = Callable[[str, int], None]
SUMMARY = 600  # characters, as in `cms.models.pages`


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds where a file does not say it itself."""

    language: str
    shelf: str = ""


@dataclass
class Reading:
    """What a folder holds. `unused` counts front matter keys we do not know."""

    folder: Path
    articles: list[Article] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    unused: Counter[str] = field(default_factory=Counter)


@dataclass
class Source:
    """One file taken apart: its front matter, its text as HTML, and the pictures that a Word file brings."""

    front: Front
    html: str
    title: str = ""
    pictures: dict[str, bytes] = field(default_factory=dict)


def read(folder: Path, terms: Terms, *, progress: Progress = lambda _what, _count: None) -> Reading:
    """Raises `FolderError` when the folder as a whole cannot be imported."""
    reading = Reading(folder)
    for number, path in enumerate(files.pages(folder), 1):
        try:
            source = _source(folder, path)
            reading.articles.append(_article(folder, path, source, terms))
            reading.unused.update(source.front.unused)
        except Refused as error:
            reading.refusals.append(Refusal(path, error.line, error.reason))
        progress(_("files read"), number)
    _leave_out_attached(reading)
    return reading


def _leave_out_attached(reading: Reading) -> None:
    """A Word file that another page hands out, and that nothing is said of, is no page of its own."""
    attached = {file for article in reading.articles for file in article.files}
    attached = {file for file in attached if not (reading.folder / _sidecar(file)).exists()}
    reading.articles = [one for one in reading.articles if one.path not in attached]
    reading.refusals = [one for one in reading.refusals if one.path not in attached]


def _sidecar(path: str) -> str:
    return str(Path(path).with_suffix(".yaml"))


def _source(folder: Path, path: str) -> Source:
    if path.lower().endswith(".docx"):
        sidecar = _sidecar(path)
        there = (folder / sidecar).exists()
        about = front.parse(files.read_text(folder, sidecar), first_line=1) if there else Front()
        html, pictures = formats.from_word(path, files.read_bytes(folder, path))
        return Source(about, html, pictures=pictures)
    about, text, line = front.split(files.read_text(folder, path))
    if path.lower().endswith((".html", ".htm")):
        return Source(about, text, title=markup.page_title(text))
    return Source(about, formats.from_markdown(text, first_line=line))


@dataclass
class References:
    """Gathers what a text refers to, and what of it cannot be kept."""

    folder: Path
    path: str
    given: dict[str, bytes]
    links: list[str] = field(default_factory=list)
    attached: list[str] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    without: list[str] = field(default_factory=list)

    def link(self, href: str) -> str:
        """An https address, or a page or file of the folder; of anything else the text stays."""
        if href.startswith("https://"):
            return f'href="{markup.escape(href)}"'
        if href.startswith("http:"):
            self.without.append(_("a link: “%s” is not an https address.") % href[:200])
        elif href and not href.startswith("#"):
            try:
                return self._inside(href)
            except Refused as error:
                self.without.append(_("a link: %s") % error.reason)
        return ""

    def _inside(self, href: str) -> str:
        path = files.resolve(self.path, href)
        if path.lower().endswith(files.PAGES) and (self.folder / path).is_file():
            self.links.append(path)
            return f'linktype="page" id="{markup.escape(path)}"'
        if path not in self.attached:
            files.read_attachment(self.folder, path)
            self.attached.append(path)
        return ""

    def picture(self, source: str) -> str:
        try:
            if source in self.given:
                kept, content = source, self.given[source]
            else:
                kept = files.resolve(self.path, source)
                content = b"" if kept in self.pictures else files.read_bytes(self.folder, kept)
            if kept not in self.pictures:
                self.pictures[kept] = reencode(content)[0]
        except Refused as error:
            self.without.append(_("a picture: %s") % error.reason)
        except PictureRefused as error:
            self.without.append(_("a picture: %s") % error.message)
        else:
            return kept
        return ""


def _article(folder: Path, path: str, source: Source, terms: Terms) -> Article:
    about, refers = source.front, References(folder, path, source.pictures)
    blocks = markup.blocks(source.html, markup.Sources(link=refers.link, picture=refers.picture))
    title, blocks = _title(about, source, blocks)
    attached = dict.fromkeys([*(_file(about, path, one) for one in about.texts("files")), *refers.attached])
    kind = about.one_of("kind", KINDS, "article")
    day = about.day("date")
    if kind in ("minutes", "document") and day is None:
        raise Refused(_("date: Say on which day, like 2027-03-12."), about.lines.get("kind", 0))
    audience = about.audience()
    if kind == "minutes" and not isinstance(audience, tuple):
        raise Refused(_("audience: Minutes belong to the unit that met. Write its number."), about.lines.get("kind", 0))
    return Article(
        path=path,
        key=about.text("key", longest=255) or path,
        kind=kind,
        title=title,
        language=about.one_of("language", tuple(code for code, _name in LANGUAGES), terms.language),
        shelf=_shelf(about, terms),
        audience=audience,
        date=day,
        valid_until=about.day("valid_until"),
        summary=_summary(about, kind, blocks),
        subjects=about.texts("subjects"),
        responsible=about.text("responsible", longest=254).lower(),
        blocks=tuple(blocks),
        files=tuple(attached),
        links=tuple(dict.fromkeys(refers.links)),
        file_hashes=tuple(hashlib.sha256(_attachment(about, folder, one)).hexdigest() for one in attached),
        pictures=refers.pictures,
        lines=about.lines,
        without=tuple(refers.without),
    )


def _title(about: Front, source: Source, blocks: list[Block]) -> tuple[str, list[Block]]:
    """The title, and the blocks without a heading that only repeats it."""
    first = blocks[0].value if blocks and blocks[0].kind == "heading" else ""
    title = about.text("title", longest=255) or first or source.title[:255]
    if not title:
        raise Refused(_("title: There is none."), 1)
    return title, blocks[1:] if first == title else blocks


def _shelf(about: Front, terms: Terms) -> tuple[str, ...]:
    said = about.text("shelf", longest=600) or terms.shelf
    steps = tuple(step.strip() for step in said.split(" / ") if step.strip())
    if not steps or any(len(step) > 255 for step in steps):
        raise Refused(_("shelf: Say on which shelf, like “Meetings / Minutes”, or give --shelf."),
                      about.lines.get("shelf", 1))  # fmt: skip
    return steps


def _summary(about: Front, kind: str, blocks: list[Block]) -> str:
    """The short answer; an article or news without one takes the beginning of its text."""
    said = about.text("short_answer", longest=SUMMARY)
    if said or kind not in ("article", "news"):
        return said
    texts = [block.value for block in blocks if block.kind == "paragraph"]
    first = " ".join(markup.plain(texts[0]).split()) if texts else ""
    if not first:
        raise Refused(_("short_answer: There is none, and no text to take it from."), 1)
    if len(first) <= SUMMARY:
        return first
    sentences = first[: SUMMARY - 1].rpartition(". ")[0]
    return f"{sentences}." if sentences else first[: SUMMARY - 1] + "…"


def _file(about: Front, path: str, reference: str) -> str:
    try:
        return files.resolve(path, reference)
    except Refused as error:
        raise about.refuse("files", error.reason) from None


def _attachment(about: Front, folder: Path, path: str) -> bytes:
    try:
        return files.read_attachment(folder, path)
    except Refused as error:
        raise about.refuse("files", error.reason) from None
