"""Pages everybody can read: one heading, a language, labels, no inline style or script, light enough for 3G."""

from __future__ import annotations

import gzip
import re
from html.parser import HTMLParser
from pathlib import Path

import django_htmx
import pytest
from django import forms
from django.conf import settings

from comms.portal.forms import RichTextWidget
from tests.portal.test_staff_doors import NAMES, address

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "path"}


class Page(HTMLParser):
    """Collects what the promises are about."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open, self.wrong, self.headings, self.ids = [], [], 0, []
        self.inputs, self.labels, self.language = [], set(), ""
        self.feed(html)
        self.wrong += self.open

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        self.headings += tag == "h1"
        self.ids += [values["id"]] if "id" in values else []
        self.language = values.get("lang", "") if tag == "html" else self.language
        if tag == "label" and "for" in values:
            self.labels.add(values["for"])
        if tag in ("input", "select", "textarea") and values.get("type") != "hidden" and "hidden" not in values:
            self.inputs.append((values.get("id"), values.get("aria-label")))
        if "style" in values or any(name.startswith("on") for name in values) or tag == "style":
            self.wrong.append(f"inline {tag}")
        if tag == "script" and "src" not in values:
            self.wrong.append("inline script")

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.wrong.append(f"unexpected </{tag}>")


def check(html: str) -> None:
    page = Page(html)
    assert page.wrong == []
    assert page.headings == 1
    assert page.language in dict(settings.LANGUAGES)
    assert len(page.ids) == len(set(page.ids))
    assert [field for field, name in page.inputs if field not in page.labels and not name] == []
    assert "{%" not in html
    assert "{{" not in html


@pytest.mark.parametrize("name", NAMES)
def test_staff_pages_are_sound(union, sign_in, name):
    answer = sign_in(union.sara).get(address(union, name))
    if answer.status_code == 200:
        check(answer.content.decode())


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/", "/accounts/logout/", "/nothing/"])
def test_signed_out_pages_are_sound(union, client, path):
    answer = client.get(path, follow=True)
    check(answer.content.decode())


@pytest.mark.parametrize("path", ["/account/", "/account/password/", "/accounts/logout/", "/nothing/"])
def test_signed_in_pages_are_sound(union, sign_in, path):
    check(sign_in(union.dora).get(path).content.decode())


def test_the_code_page_and_forms_with_errors_are_sound(union, client, sign_in):
    check(client.post("/accounts/login/", {"login": "no"}).content.decode())
    check(client.post("/accounts/login/", {"login": "alice@example.org"}, follow=True).content.decode())
    check(sign_in(union.sara).post("/staff/users/new/", {}).content.decode())


def test_the_navigation_follows_the_role(union, sign_in):
    def links(person):
        return set(re.findall(r'href="(/[^"]*)"', sign_in(person).get("/account/").content.decode()))

    assert "/staff/" in links(union.sara)
    assert "/staff/" not in links(union.alice) | links(union.dora)


def test_our_css_and_js_stay_below_a_hundred_kilobytes():
    static = Path(settings.BASE_DIR) / "static"
    htmx = Path(django_htmx.__file__).parent / "static/django_htmx/htmx-2.min.js"
    files = [*static.glob("css/*.css"), *static.glob("js/*.js"), *static.glob("vendor/**/*.js"), htmx]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) <= 100_000


class Letter(forms.Form):
    body = forms.CharField(widget=RichTextWidget)


def test_rich_text_is_a_plain_textarea_until_trix_takes_over():
    html = str(Letter(initial={"body": "<p>Hej <b>du</b></p><ul><li>ett</li></ul>"}))
    assert html.count("<textarea") == 1
    assert "&lt;b&gt;du&lt;/b&gt;" in html
    assert re.search(r"<textarea[^>]*>\s*Hej du", html)


def test_rich_text_takes_html_from_trix_and_paragraphs_from_plain_typing():
    assert Letter({"body": "<p><b>x</b></p>", "body-html": "1"}).data["body"] == "<p><b>x</b></p>"
    typed = Letter({"body": "Hej\n\n<script>"})
    assert typed.is_valid()
    assert typed.cleaned_data["body"] == "<p>Hej</p>\n\n<p>&lt;script&gt;</p>"
