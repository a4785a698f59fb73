"""The mail face: light, honest, readable everywhere, and nothing in it from anybody else."""

import dataclasses
import re
from html.parser import HTMLParser

import pytest
from django.conf import settings

from templates_lib.render import merge
from templates_lib.render.document import Block, Brand, Link, RenderRefused, RichText
from templates_lib.render.mjml import MAX_BYTES, compile_mjml, mail_html

FACTS = (
    "Fredag 12 mars 2027", "18.00–20.30", "Folkets hus, Stora salen", "Storgatan 12, Östersund", "Fredag 5 mars 2027",
    "Ingrid Sjöberg", "ingrid.sjoberg@example.org", "+46 70 123 45 67", "Välkommen till medlemsmöte",
    "Val av skyddsombud",
)  # fmt: skip
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Outline(HTMLParser):
    """Tags, attributes and text, and whether every tag is closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.crossed: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.crossed.append(tag)

    def handle_data(self, data):
        if not self.open or self.open[-1] not in {"style", "title"}:
            self.text += data


@pytest.mark.parametrize("language", ["sv", "nb", "da", "en"])
def test_the_mail_is_whole_in_every_language(make_document, language):
    html = mail_html(make_document(language=language))
    outline = Outline(html)
    assert (outline.open, outline.crossed) == ([], [])
    assert dict(outline.tags)["html"]["lang"] == language
    assert dict(outline.tags)["html"]["dir"] == "ltr"
    assert "<title>Kallelse till medlemsmöte</title>" in html
    assert [tag for tag, _ in outline.tags if re.fullmatch("h[1-6]", tag)] == ["h1"]
    assert all("alt" in attributes for tag, attributes in outline.tags if tag == "img")
    assert len(html.encode()) < MAX_BYTES


def test_the_facts_and_the_links_are_there(document):
    outline = Outline(mail_html(document))
    seen = " ".join(outline.text.replace("\xa0", " ").split())
    for fact in FACTS:
        assert fact in seen
    links = [attributes["href"] for tag, attributes in outline.tags if tag == "a"]
    assert merge.hole("unsubscribe_url") in links
    assert merge.hole("web_url") in links
    assert "https://example.org/anmalan" in links
    assert "tel:+46701234567" in links
    assert any(str(link).startswith("https://www.openstreetmap.org/search?query=Folkets+hus") for link in links)


def test_nothing_is_loaded_from_anybody_but_us(document):
    html = mail_html(document)
    loads = re.findall(r"""(?:src|background)=["']([^"']*)|url\(([^)]*)\)|@import""", html)
    assert len(loads) == 2  # the mark and the hero
    assert all(url.startswith(settings.BASE_URL + "/i/") for url, _ in loads)
    assert "<link" not in html
    assert "fonts.googleapis" not in html


def test_dark_mode_is_asked_for_and_answered(document):
    html = mail_html(document)
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "@media (prefers-color-scheme: dark)" in html


def test_a_picture_from_another_host_is_refused(document):
    brand = dataclasses.replace(
        document.brand, logo=dataclasses.replace(document.brand.logo, url="https://spy.example/x.png")
    )
    with pytest.raises(RenderRefused):
        mail_html(dataclasses.replace(document, brand=brand))


def test_a_link_may_carry_anything_in_its_query(document):
    link = Link("https://example.org/?src=mail&background=x&url(y)", "Anmäl dig")
    html = mail_html(dataclasses.replace(document, blocks=(Block("button", {"link": link}),)))
    assert "https://example.org/?src=mail&amp;background=x&amp;url(y)" in html


@pytest.mark.parametrize("colour", ["red", "#fff", '#000000" onload="x', "#12345g", ""])
def test_a_colour_is_a_colour(document, colour):
    with pytest.raises(RenderRefused):
        mail_html(dataclasses.replace(document, brand=Brand(name="x", primary=colour)))


def test_a_typed_quote_stays_inside_its_attribute(document):
    image = next(block for block in document.blocks if block.kind == "image").values["picture"]
    hostile = dataclasses.replace(image, alt='x" onerror="alert(1)')
    blocks = (Block("image", {"picture": hostile, "caption": ""}),)
    outline = Outline(mail_html(dataclasses.replace(document, blocks=blocks)))
    (shown,) = [attributes for tag, attributes in outline.tags if tag == "img"]
    assert shown["alt"] == 'x" onerror="alert(1)'
    assert "onerror" not in shown


def test_rich_text_never_lands_in_an_attribute(document):
    blocks = (Block("button", {"link": Link("https://example.org", RichText("<b>x</b>"))}),)
    html = mail_html(dataclasses.replace(document, blocks=blocks))
    assert "<b>x</b></a>" in html
    with pytest.raises(RenderRefused):
        mail_html(dataclasses.replace(document, subject=RichText("x"), blocks=blocks))  # it is also an aria-label


def body(content: str) -> str:
    return f"<mjml><mj-body><mj-section><mj-column>{content}</mj-column></mj-section></mj-body></mjml>"


@pytest.mark.parametrize(
    "source",
    [
        body("<mj-text>" + "<div>" * 10_000 + "</div>" * 10_000 + "</mj-text>"),
        "<mjml>" * 10_000 + "</mjml>" * 10_000,
        body("<mj-raw><div></mj-raw><mj-text>lost</mj-text>"),
        body("<mj-raw><p>fine</p></mj-raw>"),
        body("<mj-text>1 < 2</mj-text>"),
        body("<mj-text>unclosed"),
        body("""<mj-image alt='x" onerror="alert(1)' src="x" />"""),
        body('<mj-image alt="&quot; onerror=&quot;x" src="x" />'),
        body('<mj-image alt="\ue000" src="x" />'),
        body("<mj-hero><mj-text>x</mj-text></mj-hero>"),
        body('<mj-include path="/etc/passwd" />'),
        body("<mj-social><mj-social-element>x</mj-social-element></mj-social>"),
        "<mjml><mj-head><mj-html-attributes></mj-html-attributes></mj-head></mjml>",
        '<!DOCTYPE mjml [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + body("<mj-text>&e;</mj-text>"),
        "",
        "hello",
    ],
    ids=lambda source: source[:60] + str(len(source)),
)
def test_what_mrml_gets_wrong_is_refused_before_or_after(source):
    with pytest.raises(RenderRefused):
        compile_mjml(source)


def test_a_refusal_names_the_place():
    with pytest.raises(RenderRefused, match=r"Line 2, column 3: <mj-nonsense> is not used here") as refused:
        compile_mjml("<mjml>\n  <mj-nonsense/></mjml>")
    assert (refused.value.line, refused.value.column) == (2, 3)
    assert refused.value.source == "<mj-nonsense/></mjml>"


@pytest.mark.parametrize(
    ("source", "place", "words"),
    [
        ("<mjml>\n" + body("<mj-text>1 < 2</mj-text>"), (2, None), "write < as &lt;"),
        (body("<mj-text>unclosed"), (1, None), "not the one opened last"),
        ("", (1, 1), "empty"),
        ("hello", (1, 1), "begin with a tag"),
        ("<mjml>" * 200, (1, 601), "more than 100 tags stand inside one another"),
        ("<mjml/><mjml/>", (1, 8), "after the end"),
    ],
    ids=["bare", "unbalanced", "empty", "words", "deep", "two"],
)
def test_a_refusal_is_told_in_plain_words(source, place, words):
    with pytest.raises(RenderRefused) as refused:
        compile_mjml(source)
    assert words in str(refused.value)
    assert refused.value.line == place[0]
    assert place[1] in {None, refused.value.column}


def test_a_refusal_without_a_place_has_none():
    refused = RenderRefused("No.")
    assert (str(refused), refused.line, refused.column, refused.source) == ("No.", None, None, "")
