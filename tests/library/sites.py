"""Folders to import, as people have them: small texts, Word files made by hand, and pictures."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from PIL import Image

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def lay(folder: Path, files: dict[str, str | bytes]) -> Path:
    for path, content in files.items():
        at = folder / path
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def text(body: str = "Så här är det.", **front: str) -> str:
    said = {"title": "En fråga?", "shelf": "Möten", **front}
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in said.items()) + f"---\n{body}\n"


def word(*paragraphs: str, before: str = "", extra: dict[str, str | bytes] | None = None) -> bytes:
    """A .docx; a paragraph that begins with # is a heading."""

    def one(said: str) -> str:
        style = '<w:pPr><w:pStyle w:val="Heading2"/></w:pPr>' if said.startswith("# ") else ""
        return f"<w:p>{style}<w:r><w:t>{said.removeprefix('# ')}</w:t></w:r></w:p>"

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Target="word/document.xml" Type='
            '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>',
        )
        body = "".join(map(one, paragraphs))
        archive.writestr("word/document.xml", f"{before}<w:document {W}><w:body>{body}</w:body></w:document>")
        for path, content in (extra or {}).items():
            archive.writestr(path, content)
    return out.getvalue()


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "#0b5563").save(out, "PNG")
    return out.getvalue()


def whole() -> dict[str, str | bytes]:
    """One of each kind of file and of page."""
    return {
        "resor.md": text(
            "# En fråga?\n\n**Ja**, se [reglerna](moten/regler.html#tid) och [blanketten](filer/blankett.pdf).\n\n"
            "![Karta](bilder/karta.png)\n\n## Belopp\n\n| Tid | Kronor |\n|--|--|\n| 6 timmar | 190 |\n\n"
            "::: passage Välkommen hit\nKom *gärna*.\n:::\n\n::: note\nGäller i år.\n:::",
            key="resor", short_answer="Ja, ibland.", subjects="[Kommunavtalet]", responsible="sara@example.org",
            valid_until="2030-01-31", files="[filer/plan.pdf]",
        ),
        "moten/regler.html": text(
            "<main><h1>Regler</h1><h2>Tid</h2><p>Sju dagar, se <a href='../resor.md'>resor</a>.</p></main>",
            title="Vilka regler gäller?", language="sv",
        ),
        "moten/protokoll.docx": word("# Beslut", "Vi köper bord."),
        "moten/protokoll.yaml": "title: Styrelsemöte i mars\nkind: minutes\naudience: A\ndate: 2026-03-12\n"
        "shelf: Möten / Protokoll\n",
        "nytt.markdown": text("Nu börjar det.", kind="news", date="2026-05-01", audience="everybody"),
        "blankett.md": text("", kind="document", date="2026-01-02", files="filer/blankett.pdf"),
        "filer/blankett.pdf": PDF,
        "filer/plan.pdf": PDF + b"%plan\n%%EOF\n",
        "bilder/karta.png": picture(),
        "LÄSMIG.txt": "inget för biblioteket",
    }  # fmt: skip
