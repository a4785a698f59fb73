"""One drawn message under the gate's checks; a fault is put down to the block that shows it alone.

Nothing a template holds raises here: what cannot be drawn becomes a `Finding` with its place.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from jinja2 import TemplateError, TemplateSyntaxError

from templates_lib import artwork, pdf_worker, pictures
from templates_lib.render import faces, merge
from templates_lib.render.document import Document, Image, RenderRefused, Sender
from templates_lib.render.gate import Finding, mail, paper, source
from templates_lib.render.gate.finding import place
from templates_lib.render.html import print_html
from templates_lib.render.mjml import mail_html
from templates_lib.render.text import plain_text

log = logging.getLogger(__name__)

Drawing = Callable[["Proof"], list[Finding]]


@dataclass(frozen=True, slots=True)
class Proof:
    """A document to be checked; `ids` are the editor's ids of its blocks, `extra` pictures that are nowhere stored."""

    document: Document
    ids: tuple[str, ...]
    member: Mapping[str, str]
    extra: Mapping[str, bytes] = field(default_factory=dict)

    def alone(self, number: int | None) -> Proof:
        """The same with one of its blocks only; with none for the frame."""
        kept = slice(0, 0) if number is None else slice(number, number + 1)
        document = dataclasses.replace(self.document, blocks=self.document.blocks[kept])
        return dataclasses.replace(self, document=document, ids=self.ids[kept])


def findings(proof: Proof) -> Iterator[Finding]:
    """Everything the mail, the page and the text are refused for, each with the block it is in."""
    for drawing in (_mail, _paper, _text):
        found = drawing(proof)
        yield from _blamed(proof, drawing, found) if found else ()


# --- drawing --------------------------------------------------------------------------------------------------------


def _mail(proof: Proof) -> list[Finding]:
    try:
        html = mail_html(proof.document)
        found = list(mail.check(html, base_url=proof.document.base_url))
        return found + _named(html, merge.fill(html, proof.member), proof.member, "text")
    except Exception as error:  # whatever a face can do
        return [_refused(error, "P7", "layout")]


def _paper(proof: Proof) -> list[Finding]:
    try:
        html = print_html(proof.document)
        if found := list(source.page(html)):
            return found
        stored = pictures.contents({k: v for k, v in proof.document.pictures.items() if k not in proof.extra})
        read = paper.read(pdf_worker.make_pdf(html, {**stored, **proof.extra}))
        return list(paper.check(read, html, typeface=proof.document.brand.typeface, names=_names(proof.document)))
    except pdf_worker.PdfFailed as failed:
        return [Finding("P6", "foreign") if failed.code == "foreign" else Finding("", _CODES.get(failed.code, "pdf"))]
    except Exception as error:
        return [_refused(error, "", "face")]


_CODES = {code: code for code in ("pages", "depth", "picture", "memory", "time")}


def _text(proof: Proof) -> list[Finding]:
    try:
        text = plain_text(proof.document)
        return _named(text, merge.fill(text, proof.member, context="text"), proof.member, "plain")
    except Exception as error:
        return [_refused(error, "", "face")]


def _refused(error: Exception, check: str, code: str) -> Finding:
    """Why something could not be drawn; `more` keeps the faulty line as it was written, for `_in_face`."""
    if isinstance(error, RenderRefused):
        return Finding(check, code, "", error.line or 0, error.column or 0, str(error)[:300], error.source)
    if isinstance(error, TemplateSyntaxError):
        return Finding("", "face", "", error.lineno, 1, str(error.message)[:300])
    if not isinstance(error, TemplateError):
        log.warning("a face raised %s", type(error).__name__, exc_info=error)
    return Finding("", "face", "", _jinja_line(error), 1, f"{type(error).__name__}: {error}"[:300])


def _jinja_line(error: Exception) -> int:
    """The line of the face in which it went wrong."""
    trace, line = error.__traceback__, 0
    while trace:
        if trace.tb_frame.f_code.co_filename.endswith((".mjml", ".html", ".txt", ".css")):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _named(drawn: str, filled: str, member: Mapping[str, str], context: str) -> list[Finding]:
    """Gate P11: the member's name came out whole, and no hole or gap is left of it."""
    asked = {name for name in merge.HOLE.findall(drawn) if name in {"first_name", "last_name", "full_name"}}
    missing = [v for name in asked if (v := merge.escape(member.get(name, ""), context)) and v not in filled]
    gap = asked and not any(member.get(name) for name in asked) and re.search(r"\w [!?,.](?:\s|<|$)", filled)
    if missing or gap or merge.OPEN in filled:
        return [Finding("P11", "name", detail=next(iter(missing), "—"))]
    return []


def _names(document: Document) -> str:
    """Every name in the message that a fallback face may draw."""
    people = [value for block in document.blocks for value in block.values.values() if isinstance(value, Sender)]
    return " ".join(person.name for person in [document.sender, *people])


# --- whose fault ----------------------------------------------------------------------------------------------------


def _blamed(proof: Proof, drawing: Drawing, found: Sequence[Finding]) -> Iterator[Finding]:
    """The findings, each with the first block that shows it without the others, if any does."""
    frame = {(one.check, one.code) for one in drawing(proof.alone(None))}
    alone: dict[int, list[Finding]] = {}
    for one in found:
        if (one.check, one.code) in frame - {("P7", "images_off")}:
            yield dataclasses.replace(one, language=proof.document.language)
            continue
        if one.code == "heavy":
            number = max(range(len(proof.ids)), key=lambda n: _weight(proof.alone(n)), default=0)
            yield one.at(proof.document.blocks[number].kind, anchor=proof.ids[number]) if proof.ids else one
            continue
        for number, block in enumerate(proof.document.blocks):
            if number not in alone:
                alone[number] = drawing(proof.alone(number))
            twin = next((other for other in alone[number] if _alike(one, other)), None)
            if twin:
                line, column = _in_face(block.kind, twin)
                told = dataclasses.replace(one, line=line, column=column, detail=twin.detail)
                yield told.at(block.kind, anchor=proof.ids[number])
                break
        else:
            yield dataclasses.replace(one, line=0, column=0, language=proof.document.language)


def _alike(one: Finding, other: Finding) -> bool:
    if (one.check, one.code) != (other.check, other.code):
        return False
    return (
        one.code in {"layout", "face", "text", "runs_off", "overlap", "font", "no_glyph"} or one.detail == other.detail
    )


def _weight(proof: Proof) -> int:
    try:
        return len(mail_html(proof.document).encode())
    except Exception:
        return 0


def _in_face(kind: str, finding: Finding) -> tuple[int, int]:
    """(line, column) of the fault in the block's own files; in what was drawn of it where it is in none of them."""
    for text in face_texts(kind).values():
        for needle in _needles(finding):
            if needle and (hit := re.search(needle, text, re.I)):
                return place(text, hit.start(hit.lastindex or 0))
    return finding.line, finding.column


def _needles(finding: Finding) -> list[str]:
    """What the fault looks like in a face, most exact first."""
    if finding.code == "layout":
        before, after = finding.more[: finding.column - 1], finding.more[finding.column - 1 :]
        return [f"{_loose(before.lstrip())}({_loose(after.rstrip())})", re.escape(_TOKEN.split(after)[0][:40].rstrip())]
    if finding.code == "alt":
        return [r"<(?:img|mj-image)\b(?![^>]*\balt=)"]
    if finding.code == "contrast":
        return [*(re.escape(c) for c in re.findall(r"#[0-9a-f]{6}", finding.detail)), re.escape(finding.more[:12])]
    if finding.code == "unsupported":
        name = finding.detail.split(" ")[0].strip(",")
        return [re.escape(name), re.escape(name.rpartition(":")[2])]
    return [re.escape(finding.detail[:60])]


_TOKEN = re.compile(r"zq\d+qz")  # what stands in a drawn line for a value, see `render.mjml`


def _loose(drawn: str) -> str:
    """A pattern for the line of a face that was drawn as `drawn`."""
    return ".*?".join(re.escape(part) for part in _TOKEN.split(drawn))


def face_texts(kind: str) -> dict[str, str]:
    """File name -> the source of a block's faces and styles, the mail first."""
    files = {path.name: path for folder in reversed(faces.FOLDERS) for path in (Path(folder) / kind).glob("*.*")}
    return {name: files[name].read_text("utf-8") for name in sorted(files) if files[name].suffix in _FACES}


_FACES = {".mjml", ".html", ".css", ".txt"}


def styles(kinds: Sequence[str]) -> Iterator[Finding]:
    """Typefaces, files and addresses that the blocks' own files ask for, where they stand."""
    for kind in dict.fromkeys(kinds):
        for name, text in face_texts(kind).items():
            found = source.page(text) if name.startswith("print") else source.styled(text)
            yield from (one.at(kind) for one in found if not one.detail.startswith("{{"))


# --- pictures nobody has chosen yet ---------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def picture() -> tuple[Image, bytes]:
    """A picture for a slot, and its content; it is stored nowhere."""
    content = artwork.hero(1200, 560)
    sha256 = hashlib.sha256(content).hexdigest()
    return Image(sha256, "", "", 1200, 560), content
