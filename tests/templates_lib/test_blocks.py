"""A block is a folder: found by looking, drawn by its faces, shown to staff before they choose it."""

import importlib
import io
import json
import re
import subprocess
import sys
from html import escape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse
from wagtail.blocks import StreamBlock

from comms.people.models import User
from templates_lib import block_preview, blocks, build, pdf_worker, samples
from templates_lib.blocks import fields
from templates_lib.models import InvitationTemplate, Picture, Topic
from templates_lib.render import colours, faces
from templates_lib.render.document import Block, Brand, Document, Image, Sender
from templates_lib.render.gate import mail, paper, support
from templates_lib.render.html import print_html
from templates_lib.render.mjml import mail_html
from templates_lib.render.text import plain_text
from tests.journeys.conftest import CHROMIUM, FLAGS
from tests.templates_lib.test_mail import Outline
from tests.templates_lib.test_pdf import by_pdfium, by_poppler

pytestmark = pytest.mark.once  # says nothing about the database

FACES = {"mail.mjml", "print.html", "text.txt"}
KINDS = [name for name, _block in blocks.vocabulary()]
WORD = "Överenskommelsekommittéledamotsvalberedningsordförandeskap" * 4
LINE = ("Raden fortsätter och fortsätter utan att komma fram till vad den ville säga " * 3)[:200]
LOGO = Image("mark", "http://127.0.0.1/i/mark.png", "", 176, 176)
LATO = Brand(name="Förbundet Samklang", own_name="Avdelning Älvdalen", footer="Box 1\n111 22 Stockholm")
SERIF = Brand(name="Havnearbejderne", primary="#0b5b53", accent="#ff7a59", paper="#eef4f2", typeface="Noto Serif")


@pytest.fixture(scope="module")
def vocabulary() -> dict[str, Any]:
    return dict(StreamBlock(blocks.vocabulary()).child_blocks)


def said(block: Any, value: Any, brand: Brand = LATO, language: str = "sv", **more: Any) -> Document:
    """A message of one block."""
    child = SimpleNamespace(id="one", block_type=block.name, block=block, value=value)
    return build.of_blocks(
        [child], {}, language=language, brand=brand, sender=more.pop("sender", samples.sender(language)),
        topic=Topic(**block_preview.TOPIC), subject="Välkommen", **more,
    )  # fmt: skip


def preview(block: Any) -> Any:
    return pictured(block, block.get_preview_value())


def pictured(block: Any, value: Any) -> Any:
    for name, field in block.fields.items():
        if isinstance(field, fields.ImageField):
            value[name]["picture"] = block_preview.drawing(field.drawing)
    return value


def crammed(block: Any, text: str) -> Any:
    """Every field of the block holds `text`, as often as it may."""
    rich = f"<p>{text}</p><ul><li>{text}<ul><li>{text}</li></ul></li></ul><p><a href='https://example.org/{WORD}'>{text}</a></p>"
    content = {
        "short_text": {"text": {"sv": text}},
        "rich_text": {"text": {"sv": rich}},
        "lines": {"text": {"sv": f"18.00–19.30 {text}\n19.00 {text}\n{text}"}},
        "image": {"alt": {"sv": text}},
        "link": {"url": f"https://example.org/{WORD}", "text": {"sv": text}},
        "place": {"name": text, "address": text},
        "choice": {"choices": [{"sv": text}]},
        "date_time": {"at": "2027-03-12T18:00:00"},
        "person": {},
    }
    return pictured(block, block.to_python({name: content[field.slot_type] for name, field in block.fields.items()}))


@pytest.mark.once
def test_the_vocabulary_is_the_folders():
    folders = {path.name for path in faces.BLOCKS.iterdir() if (path / "block.py").exists()}
    assert set(KINDS) == folders
    assert folders == {
        "header", "hero", "heading", "rich_text", "facts", "agenda", "image", "speaker", "quote", "columns", "button",
        "documents", "divider", "contact", "footer",
    }  # fmt: skip


@pytest.mark.once
@pytest.mark.parametrize("kind", KINDS)
def test_every_block_has_its_three_faces_and_says_what_it_is(kind, vocabulary):
    assert {path.name for path in (faces.BLOCKS / kind).iterdir()} >= FACES
    block, texts = vocabulary[kind], []
    for name in ("label", "icon", "description"):
        texts.append(str(getattr(block.meta, name)))
    assert all(texts)
    assert block.meta.icon in icons()
    assert hasattr(block.meta, "preview_value")
    assert block.is_previewable


def icons() -> set[str]:
    from wagtail.admin.icons import get_icons

    return set(re.findall(r'id="icon-([a-z0-9-]+)"', get_icons()))


@pytest.mark.once
@pytest.mark.parametrize("brand", [LATO, SERIF], ids=["lato", "serif"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_face_of_a_block_draws_its_preview_value_in_every_language(kind, brand, vocabulary):
    block = vocabulary[kind]
    for language in ("sv", "nb", "da", "en"):
        document = said(block, preview(block), brand, language)
        assert well_formed(mail_html(document))
        words = {word for name, field in block.fields.items() for word in first_words(block, name, language)}
        for face in (mail_html(document), print_html(document), plain_text(document)):
            assert {word for word in words if word not in face.replace("\xa0", " ")} == set()


def first_words(block: Any, name: str, language: str) -> list[str]:
    """A word of what the block's preview value says in one of its fields."""
    texts = block.get_preview_value()[name].get("text")
    text = fields.in_language({code: getattr(text, "source", text) for code, text in (texts or {}).items()}, language)
    return re.findall(r"[^\W\d_]{4,}", re.sub("<[^>]*>", "", str(text)))[:1]


def well_formed(html: str) -> bool:
    outline = Outline(html)
    return not outline.open and not outline.crossed


@pytest.mark.once
@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_block_draws_and_shows_no_leftovers(kind, vocabulary):
    block = vocabulary[kind]
    document = said(block, block.to_python({}), Brand(name=""), sender=Sender(""))
    html, paper_html, text = mail_html(document), print_html(document), plain_text(document)
    assert well_formed(html)
    assert "<img" not in html + paper_html
    assert not re.search(r"<h[1-6]|None|Undefined", html + paper_html + text)
    if kind not in {"header", "footer", "divider"}:
        assert text.strip() == ""
        assert Outline(html).text.strip() == ""


@pytest.mark.once
@pytest.mark.parametrize("text", [WORD, LINE], ids=["word", "line"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_worst_text_passes_what_the_gate_asks_of_a_mail(kind, text, vocabulary):
    sender = Sender(text[:80], text[:80], text[:80], "a@example.org", "070 123 45 67")
    document = said(vocabulary[kind], crammed(vocabulary[kind], text), LATO, sender=sender)
    html = mail_html(document)
    assert well_formed(html)
    found = [*mail.check(html, base_url=document.base_url), *support.check(html)]
    assert [finding for finding in found if finding.code != "images_off"] == []
    assert [line for line in plain_text(document).splitlines() if len(line) > 76 and " " in line.strip("> ")[76:]] == []


@pytest.mark.parametrize("filled", ["preview", "word", "line"])
def test_all_blocks_together_are_one_good_mail_and_one_good_pdf(filled, vocabulary):
    """The gate's own checks of mail and paper, with every block in one message."""
    found = {"word": WORD, "line": LINE}.get(filled)
    children = [
        SimpleNamespace(
            id=kind, block_type=kind, block=vocabulary[kind],
            value=crammed(vocabulary[kind], found) if found else preview(vocabulary[kind]),
        )
        for kind in KINDS
    ]  # fmt: skip
    document = build.of_blocks(
        children, {}, language="sv", brand=SERIF if filled == "word" else LATO, sender=samples.sender("sv"),
        topic=Topic(**block_preview.TOPIC), subject="Välkommen",
    )  # fmt: skip
    html, page = mail_html(document), print_html(document)
    drawn = {name: draw() for name, (draw, _w, _h) in block_preview.DRAWINGS.items()}
    pdf = pdf_worker.make_pdf(page, {sha: drawn[sha] for sha in document.pictures})
    assert list(mail.check(html, base_url=document.base_url)) == []
    assert list(support.check(html)) == []
    assert list(paper.check(paper.read(pdf), page, typeface=document.brand.typeface)) == []
    assert re.sub("[•◦]", "", by_pdfium(pdf)) == re.sub("[•◦]", "", by_poppler(pdf))
    assert len(html.encode()) < 70_000
    styles = re.findall(r"<style[^>]*>(.*?)</style>", html, re.S)
    assert max(map(len, styles)) < 8192  # Gmail drops a longer one whole


@pytest.mark.once
@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed")
def test_no_block_scrolls_sideways_on_a_small_telephone(vocabulary, tmp_path):
    mails = [
        mail_html(said(vocabulary[kind], crammed(vocabulary[kind], text), brand))
        for kind in KINDS
        for text, brand in [(WORD, SERIF), (LINE, LATO)]
    ]
    wide = '<body style="margin:0"><div style="width:400px">x</div>'  # the measure can tell
    assert widths([*mails, wide], tmp_path) == [320] * len(mails) + [400]


def widths(pages: list[str], folder: Path) -> list[int]:
    """How wide each page is in real Chromium, in a window of 320 pixels."""
    frames = "".join(f'<iframe width="320" height="800" srcdoc="{escape(page)}"></iframe>' for page in pages)
    measure = (
        "onload = () => document.title = JSON.stringify("
        "[...document.querySelectorAll('iframe')].map(f => f.contentDocument.documentElement.scrollWidth))"
    )
    page = folder / "frames.html"
    page.write_text(
        f"<!doctype html><style>iframe {{ border: 0 }}</style><script>{measure}</script>{frames}", encoding="utf-8"
    )
    done = subprocess.run(
        [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", "--host-resolver-rules=MAP * ~NOTFOUND",
         "--hide-scrollbars", "--virtual-time-budget=5000", "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return json.loads(re.search(r"<title>(.*?)</title>", done.stdout)[1])


@pytest.mark.once
def test_columns_stand_side_by_side_on_paper_only_where_every_reader_reads_them_in_order(vocabulary):
    def beside(first: str, second: str = "<p>Kort.</p>") -> bool:
        block = vocabulary["columns"]
        texts = {"first_text": {"text": {"sv": first}}, "second_text": {"text": {"sv": second}}}
        return '<div class="columns both">' in print_html(said(block, block.to_python(texts)))

    assert beside("<p>Rådgivning ingår.</p>")
    assert not beside("<ul><li>Rådgivning</li></ul>")
    assert not beside("<p>" + LINE * 10 + "</p>")
    assert not beside("<p>Ensam.</p>", "")


@pytest.mark.once
def test_a_style_sheet_comes_only_with_its_block(vocabulary):
    plain, quoted = said(vocabulary["divider"], {}), said(vocabulary["quote"], preview(vocabulary["quote"]))
    assert ".divider" in print_html(plain)
    assert "blockquote {" not in print_html(plain)
    assert "blockquote {" in print_html(quoted)
    assert ".heading h1" not in mail_html(plain)
    assert ".heading h1" in mail_html(said(vocabulary["heading"], preview(vocabulary["heading"])))


@pytest.mark.once
def test_the_first_heading_that_is_shown_is_the_first_level():
    shown = [
        Block("heading", {"text": "", "kind": ""}),
        Block("agenda", {"heading": "Program", "entries": ()}),
        Block("columns", {"first_heading": "", "first_text": "", "second_heading": "Två", "second_text": ""}),
        Block("heading", {"text": "Rubrik", "kind": ""}),
    ]
    document = Document("sv", "x", "", LATO, Sender("Ingrid"), tuple(shown), "http://127.0.0.1")
    for face in (mail_html(document), print_html(document)):
        assert re.findall(r"<(h\d)[^>]*>([^<]*)", face) == [("h1", "Program"), ("h2", "Två"), ("h2", "Rubrik")]


@pytest.mark.once
def test_a_large_picture_lies_right_under_the_header(vocabulary):
    gap = '<div style="height:32px'
    header, hero = (
        Block("header", {}),
        Block("hero", {"picture": Image("a" * 64, "http://127.0.0.1/i/a.jpg", "Fjäll", 9, 3)}),
    )
    with_picture, without = (
        mail_html(Document("sv", "x", "", LATO, Sender("Ingrid"), (header, below), "http://127.0.0.1"))
        for below in (hero, Block("hero", {"picture": None}))
    )
    assert gap not in with_picture
    assert gap in without


@pytest.mark.once
def test_the_branch_stands_beside_the_union(vocabulary):
    brand = Brand(
        name="Förbundet Samklang", logo=LOGO, own_name="Avdelning Älvdalen",
        own_logo=Image("own", "http://127.0.0.1/i/own.png", "", 176, 176),
    )  # fmt: skip
    for kind in ("header", "footer"):
        document = said(vocabulary[kind], vocabulary[kind].to_python({}), brand)
        document = Document("sv", "x", "", brand, document.sender, document.blocks, "http://127.0.0.1")
        for face in (mail_html(document), print_html(document), plain_text(document)):
            assert face.index("Förbundet Samklang") < face.index("Avdelning Älvdalen")
    header = Document("sv", "x", "", brand, Sender("Ingrid"), (Block("header", {}),), "http://127.0.0.1")
    assert [dict(a)["src"] for tag, a in Outline(mail_html(header)).tags if tag == "img"] == [
        "http://127.0.0.1/i/mark.png", "http://127.0.0.1/i/own.png",
    ]  # fmt: skip
    assert {"asset:mark", "asset:own"} <= set(re.findall(r"asset:\w+", print_html(header)))
    assert set(header.pictures) == {"mark", "own"}


@pytest.mark.once
def test_the_footer_says_why_for_what_and_who_is_responsible(vocabulary):
    sender = Sender("Ingrid Sjöberg", "Ombud", "Avdelning Älvdalen")
    for language, why in [("sv", "medlem i"), ("en", "member of")]:
        document = said(
            vocabulary["footer"],
            {"note": vocabulary["footer"].child_blocks["note"].get_default()},
            LATO,
            language,
            sender=sender,
        )
        for face in (mail_html(document), print_html(document), plain_text(document)):
            face = " ".join(face.split())
            assert f"{why} Förbundet Samklang, Avdelning Älvdalen." in face
            assert "Ingrid Sjöberg, Ombud." in face  # the branch is not said twice
            assert "9(2)(d)" in face
            assert "111 22 Stockholm" in face


@pytest.mark.once
def test_a_contact_card_is_the_sender_unless_somebody_else_is_named(vocabulary):
    block = vocabulary["contact"]
    child = SimpleNamespace(
        id="c", block_type="contact", block=block, value=block.to_python({"person": {"slot": True}})
    )

    def shown(person: dict[str, str]) -> str:
        return plain_text(build.of_blocks(
            [child], {"c.person": person}, language="sv", brand=LATO, sender=samples.sender("sv"),
            topic=Topic(**block_preview.TOPIC),
        ))  # fmt: skip

    assert "Ingrid Sjöberg" in shown({})
    assert "Elin Berg" in shown({"name": "Elin Berg", "email": "elin@example.org"})
    assert "Ingrid" not in shown({"name": "Elin Berg"})
    assert "Ingrid" not in plain_text(said(vocabulary["speaker"], vocabulary["speaker"].to_python({})))


@pytest.mark.once
@pytest.mark.parametrize("primary", ["#6b1f3a", "#ffd400", "#0b5b53", "#111111", "#e4002b"])
def test_words_in_the_brands_colour_can_be_read_by_day_and_by_night(primary):
    c = Brand(name="x", primary=primary, on_primary=colours.readable("#ffffff", on=primary)).palette
    pairs = [("link", "card"), ("on_tint", "tint"), ("ink", "card"), ("ink", "tint"), ("soft", "card"),
             ("soft", "paper"),
             ("dark_link", "dark_card"), ("dark_on_tint", "dark_tint"), ("dark_on_tint", "dark_card"),
             ("dark_ink", "dark_tint"), ("dark_soft", "dark_card"), ("dark_link", "dark_paper")]  # fmt: skip
    assert [pair for pair in pairs if colours.contrast(c[pair[0]], c[pair[1]]) < colours.AA] == []


def test_staff_see_every_block_before_they_choose_it(unit, sign_in):
    staff = sign_in(User.objects.create_superuser("staff@example.org"))
    pictured = []
    for kind, block in vocabulary_of_the_model().items():
        page = staff.get(reverse("wagtailadmin_block_preview"), {"id": block.definition_prefix})
        assert page.status_code == 200
        html = page.content.decode()
        assert "#6b1f3a" in html  # the union's colour
        assert "/i/landscape" not in html
        assert "/i/portrait" not in html
        pictured += [kind] if "data:image/jpeg" in html else []
    assert pictured == ["hero", "image", "speaker"]
    assert Picture.objects.count() == 1  # looking stores nothing: the union's mark


def vocabulary_of_the_model() -> dict[str, Any]:
    return InvitationTemplate._meta.get_field("body").stream_block.child_blocks


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A new block in a folder of its own, as a developer would add it, put where blocks are looked for."""
    folder = tmp_path / "pledge"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "block.py").write_text(
        "from templates_lib.blocks.fields import MessageBlock, ShortText\n\n\n"
        "class Block(MessageBlock):\n    text = ShortText(label='Pledge')\n\n    class Meta:\n        order = 35\n"
    )
    (folder / "mail.mjml").write_text(
        '<mj-section css-class="pledge"><mj-column><mj-text>“{{ v.text }}”</mj-text></mj-column></mj-section>'
    )
    (folder / "mail.css").write_text(".pledge { color: {{ c.primary }}; }")
    (folder / "print.html").write_text('<p class="pledge">“{{ v.text }}”</p>')
    (folder / "print.css").write_text(".pledge { font-size: 14pt; }")
    (folder / "text.txt").write_text("“{{ v.text }}”")
    monkeypatch.setattr(blocks, "__path__", [*blocks.__path__, str(tmp_path)])
    monkeypatch.setattr(faces, "FOLDERS", [*faces.FOLDERS, tmp_path])
    faces.environment.cache_clear()
    importlib.invalidate_caches()
    yield folder
    faces.environment.cache_clear()
    for module in [name for name in sys.modules if name.startswith("templates_lib.blocks.pledge")]:
        del sys.modules[module]


def test_adding_a_block_is_adding_a_folder(folder, monkeypatch, unit):
    names = [name for name, _block in blocks.vocabulary()]
    assert names.index("rich_text") < names.index("pledge") < names.index("facts")
    field = InvitationTemplate._meta.get_field("body")
    monkeypatch.setattr(field, "stream_block", StreamBlock(blocks.vocabulary()))
    body = [{"type": "pledge", "id": "p", "value": {"text": {"slot": True, "text": {"sv": "A & B", "en": "Both"}}}}]
    topic = Topic.objects.create(slug="m", names={"sv": "Möten"}, category="information")
    template = InvitationTemplate.objects.create(name="Löfte", topic=topic, body=field.to_python(body))
    template = InvitationTemplate.objects.get(pk=template.pk)
    assert [slot.key for slot in template.slots("sv")] == ["p.text"]
    document = build.document(
        template, {"p.text": "Å & Ö"}, language="sv", brand=LATO, sender=Sender("Ingrid"), subject="x"
    )
    assert "“Å &amp; Ö”" in mail_html(document)
    assert ".pledge { color: #7a1f2b; }" in mail_html(document)
    assert '<p class="pledge">“Å &amp; Ö”</p>' in print_html(document)
    assert ".pledge { font-size: 14pt; }" in print_html(document)
    assert plain_text(document) == "“Å & Ö”\n"
    pdf = pdf_worker.make_pdf(print_html(document), {})
    assert "“Å&Ö”" in "".join(paper.read(pdf).pages)
    out = io.StringIO()
    call_command("makemigrations", "templates_lib", check=True, dry_run=True, stdout=out)
    assert "No changes" in out.getvalue()
