"""Markdown and Word to HTML. Pure."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from html import escape

import mammoth
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from cms.importing.article import Refused
from cms.importing.folder import check_office

FENCE = re.compile(r"^:::[ \t]*(\w*)[ \t]*(.*?)[ \t]*$")
BOXES = ("passage", "note")
MARKDOWN = MarkdownIt("commonmark").enable("table")


def from_markdown(text: str, *, first_line: int) -> str:
    """`::: passage Its name` and `::: note`, each ended by a line with only `:::`, become boxes of their own."""
    html, lines, opened = [], [], 0
    for number, line in enumerate(text.split("\n"), first_line):
        fence = FENCE.match(line)
        if not fence:
            lines.append(line)
            continue
        html.append(MARKDOWN.render("\n".join(lines)))
        lines.clear()
        if fence[1] and not opened:
            if fence[1] not in BOXES:
                raise Refused(_("“::: %s” is not known. There are ::: passage and ::: note.") % fence[1][:40], number)
            html.append(f'<div data-block="{fence[1]}" data-name="{escape(fence[2])}">')
            opened = number
        elif opened and not fence[1]:
            html.append("</div>")
            opened = 0
        else:
            raise Refused(_("Here stands ::: without the one that belongs to it."), number)
    if opened:
        raise Refused(_("Here stands ::: without the one that belongs to it."), opened)
    return "".join(html) + MARKDOWN.render("\n".join(lines))


def from_word(path: str, content: bytes) -> tuple[str, dict[str, bytes]]:
    """(HTML, pictures by the source they have in it). Nothing outside the file is read. Raises `Refused`."""
    check_office(path, content)
    pictures: dict[str, bytes] = {}

    def keep(image: mammoth.documents.Image) -> dict[str, str]:
        with image.open() as opened:
            content = opened.read()
        source = f"word-{hashlib.sha256(content).hexdigest()[:16]}"  # shown a thousand times, kept once
        pictures[source] = content
        return {"src": source}

    try:
        _check_entities(path, content)
        result = mammoth.convert_to_html(
            io.BytesIO(content),
            convert_image=mammoth.images.img_element(keep),
            include_embedded_style_map=False,
            external_file_access=False,
        )
    except Refused:
        raise
    except Exception as error:  # a broken file can raise anything in a reader
        raise Refused(_("The Word file cannot be read. Open it and save it again as .docx.")) from error
    return result.value, pictures


def _check_entities(path: str, content: bytes) -> None:
    """Word never declares entities; a few lines of them can unfold to gigabytes."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for part in archive.infolist():
            if part.filename.endswith((".xml", ".rels")) and b"<!" in archive.read(part).replace(b"<!--", b""):
                raise Refused(_("“%s” is not what its name says.") % path)
