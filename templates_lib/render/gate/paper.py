"""What is wrong with a PDF: P1 glyphs, P3 text, P4 and P5 typefaces, P6 nothing foreign, P11 nothing overlaps."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pdfminer.cmapdb import IdentityCMap
from pdfminer.converter import PDFLayoutAnalyzer
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import PDFStream, resolve1

from templates_lib.render.gate.finding import Finding
from templates_lib.render.gate.reading import body_text, by_pdfium, source_text

LINKS = {"http", "https", "mailto", "tel"}
CLOSE = 1.2  # points between the middles of two letters: they lie on top of each other
_CID = re.compile(r"<([0-9a-fA-F]+)>\s+(\d+)")
_FORBIDDEN = {"Filespec": "attachment", "EmbeddedFile": "attachment"}
_ACTIONS = {"Launch", "GoToR", "GoToE", "JavaScript", "SubmitForm", "ImportData", "Rendition"}


@dataclass(frozen=True, slots=True)
class Glyph:
    """One drawn sign: its id in the font, what it stands for, and its box in points from the lower left."""

    page: int
    cid: int
    font: str
    text: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Paper:
    """A PDF taken apart once for all checks."""

    glyphs: tuple[Glyph, ...]
    sizes: tuple[tuple[float, float], ...]  # width and height per page
    objects: tuple[Any, ...]
    pages: tuple[str, ...]  # their text as pypdfium2 reads it, see `same`


def read(pdf: bytes) -> Paper:
    """Takes a PDF of ours apart. Raises what the readers raise for a broken one."""
    document = PDFDocument(PDFParser(io.BytesIO(pdf)))
    manager = _Fonts()
    tracer = _Tracer(manager)
    interpreter = PDFPageInterpreter(manager, tracer)
    sizes = []
    for page in PDFPage.create_pages(document):
        interpreter.process_page(page)
        sizes.append((page.mediabox[2] - page.mediabox[0], page.mediabox[3] - page.mediabox[1]))
    numbers = {number for xref in document.xrefs for number in xref.get_objids()}
    objects = [document.catalog, *(resolve1(document.getobj(number)) for number in sorted(numbers))]
    return Paper(tuple(tracer.seen), tuple(sizes), tuple(objects), by_pdfium(pdf))


class _Fonts(PDFResourceManager):
    """Fonts whose encoding is written into the PDF, too.

    WeasyPrint writes one wherever a character has no glyph: the code then means glyph 0. pdfminer knows encodings by
    name only and would leave out all text in such a font, the faulty character with it.
    """

    def get_font(self, objid: object, spec: Any) -> Any:
        font: Any = super().get_font(objid, spec)
        if isinstance(stream := resolve1(spec.get("Encoding")), PDFStream):
            font.cmap = IdentityCMap(WMode=0)
            font.cids = {int(code, 16): int(cid) for code, cid in _CID.findall(stream.get_data().decode("latin-1"))}
        return font


class _Tracer(PDFLayoutAnalyzer):
    """Every glyph of every page, the ones without a character too; no layout analysis."""

    def __init__(self, manager: PDFResourceManager) -> None:
        super().__init__(manager, laparams=None)
        self.seen: list[Glyph] = []

    def render_char(
        self, matrix: Any, font: Any, fontsize: Any, scaling: Any, rise: Any, cid: Any, ncs: Any, graphicstate: Any
    ) -> float:
        width = super().render_char(matrix, font, fontsize, scaling, rise, cid, ncs, graphicstate)
        drawn: Any = list(self.cur_item)[-1]
        name = font.fontname if isinstance(font.fontname, str) else str(font.fontname)
        glyph = getattr(font, "cids", {}).get(cid, cid)
        self.seen.append(Glyph(self.pageno - 1, glyph, name, drawn.get_text(), drawn.bbox))
        return width


def family_of(font: str) -> str:
    """`ABCDEF+Noto-Sans-Bold` -> `notosans`: the family without subset tag, face, blanks and signs."""
    bare = re.sub(r"[^a-z]", "", font.rpartition("+")[2].lower())
    return re.sub(r"(bold|italic|oblique|regular|semi|light|book)*$", "", bare)


def check(paper: Paper, print_html: str, *, typeface: str, names: str = "") -> Iterator[Finding]:
    """P1, P3–P6 and P11 of one PDF. `names` holds the names in it, which may use the fallback faces."""
    yield from _glyphs(paper, typeface, names)
    yield from _fonts(paper)
    yield from _foreign(paper)
    yield from _text(paper, print_html)
    yield from _off_the_page(paper)
    yield from _overlaps(paper)


def _glyphs(paper: Paper, typeface: str, names: str) -> Iterator[Finding]:
    own, allowed = family_of(typeface), set(unicodedata.normalize("NFKC", names))
    for glyph in paper.glyphs:
        if glyph.cid == 0:
            yield Finding("P1", "no_glyph", detail=glyph.text)
        elif glyph.text[:1].isalnum() and family_of(glyph.font) != own and not set(glyph.text) <= allowed:
            yield Finding("P4", "font", detail=glyph.font.rpartition("+")[2], more=glyph.text)


def _fonts(paper: Paper) -> Iterator[Finding]:
    """Embedded, readable, and each face out of one file."""
    seen = set()
    for font in _dicts(paper, "Font"):
        kind = _name(font.get("Subtype"))
        name = _name(font.get("BaseFont")).rpartition("+")[2]
        if kind == "Type3":
            yield Finding("P5", "type3", detail=name or "Type 3")
        if kind.startswith("CIDFont"):
            continue  # the inner half of a Type0
        below = resolve1(font.get("DescendantFonts"))
        descriptor = resolve1((resolve1(below[0]) if below else font).get("FontDescriptor")) or {}
        if kind != "Type3" and not {"FontFile", "FontFile2", "FontFile3"} & set(descriptor):
            yield Finding("P5", "not_embedded", detail=name)
        if "ToUnicode" not in font:
            yield Finding("P5", "no_text", detail=name)
        if name in seen:
            yield Finding("P5", "split_family", detail=name)
        seen.add(name)


def _foreign(paper: Paper) -> Iterator[Finding]:
    catalog = paper.objects[0]
    if "AcroForm" in catalog:
        yield Finding("P6", "form", detail="AcroForm")
    for item in paper.objects[1:]:
        item = item.attrs if isinstance(item, PDFStream) else item
        for part in _parts(item):
            kind, action = _name(part.get("Type")), _name(part.get("S"))
            if code := _FORBIDDEN.get(kind):
                yield Finding("P6", code, detail=_words(part.get("UF") or part.get("F") or kind))
            elif _name(part.get("Subtype")) in {"FileAttachment", "Widget"}:
                yield Finding("P6", "form", detail=_name(part.get("Subtype")))
            elif action in _ACTIONS:
                yield Finding("P6", "form", detail=action)
            elif action == "URI" and urlsplit(_words(part.get("URI"))).scheme not in LINKS:
                yield Finding("P6", "foreign", detail=_words(part.get("URI")))


def _parts(item: Any) -> Iterator[dict[str, Any]]:
    """A dictionary and those written straight into it, such as the action of a link."""
    if isinstance(item, dict):
        yield item
        for value in item.values():
            if isinstance(value, dict):
                yield from _parts(value)


def _dicts(paper: Paper, kind: str) -> Iterator[dict[str, Any]]:
    return (item for item in paper.objects if isinstance(item, dict) and _name(item.get("Type")) == kind)


def _name(value: Any) -> str:
    """A PDF name as text; "" for anything else."""
    value = getattr(resolve1(value), "name", "")
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _words(value: Any) -> str:
    value = resolve1(value)
    if isinstance(value, bytes):
        value = value.decode("utf-16" if value[:2] in {b"\xfe\xff", b"\xff\xfe"} else "utf-8", "replace")
    return str(value)[:120]


def _text(paper: Paper, print_html: str) -> Iterator[Finding]:
    source, signs = source_text(print_html)
    read_back = body_text(paper.pages, signs)
    if any(unicodedata.bidirectional(char) in {"R", "AL"} for char in source):
        source, read_back = "".join(sorted(source)), "".join(sorted(read_back))  # read back in the order of the eye
    if source != read_back:
        first = next((n for n, (a, b) in enumerate(zip(source, read_back, strict=False)) if a != b), len(read_back))
        yield Finding("P3", "text", detail=source[first : first + 20] or read_back[len(source) :][:20])


# --- nothing breaks or overlaps -------------------------------------------------------------------------------------


def _off_the_page(paper: Paper) -> Iterator[Finding]:
    for glyph in paper.glyphs:
        width, height = paper.sizes[min(glyph.page, len(paper.sizes) - 1)]
        left, low, right, high = glyph.box
        if glyph.text.strip() and (left < -1 or low < -1 or right > width + 1 or high > height + 1):
            yield Finding("P11", "runs_off", detail=_around(paper, glyph))
            return


def _overlaps(paper: Paper) -> Iterator[Finding]:
    """Two letters in the same spot. Marks set on letters are meant to be there."""
    taken: dict[tuple[int, int, int], Glyph] = {}
    for glyph in paper.glyphs:
        if not glyph.text[:1].isalnum():
            continue
        left, low, right, high = glyph.box
        spot = (glyph.page, round((left + right) / 2 / CLOSE), round((low + high) / 2 / CLOSE))
        if other := taken.get(spot):
            yield Finding("P11", "overlap", detail=_around(paper, other), more=_around(paper, glyph))
            return
        taken[spot] = glyph


def _around(paper: Paper, glyph: Glyph) -> str:
    at = next(n for n, other in enumerate(paper.glyphs) if other is glyph)
    return "".join(g.text for g in paper.glyphs[max(0, at - 12) : at + 12] if g.page == glyph.page).strip()
