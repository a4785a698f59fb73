"""Styles of a mail as sheets that a policy can name."""

from __future__ import annotations

import base64
import hashlib

from django.http import HttpResponse, HttpResponseRedirect

from templates_lib.render.shown import on_page
from templates_lib.shown import shown

STRICT = {"default-src": ["'none'"]}


def hashed(sheet: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()}'"


def test_a_style_becomes_a_rule_that_goes_before_those_of_the_sheet():
    page = on_page("<html><head><style>.a{color:red}</style></head><body><p class='a' style='color:blue'>x</p></body>")
    own = ".own-0.own-0.own-0.own-0.own-0{color:blue}"
    sheets = f"<style>.a{{color:red}}</style><style>{own}</style>"
    assert page.html == f'<html><head>{sheets}</head><body><p class="a own-0">x</p></body>'
    assert page.styles == (hashed(".a{color:red}"), hashed(own))


def test_the_same_style_is_one_rule():
    page = on_page("<head></head><p style='color:blue'>x</p>\n<p style='color:blue'>y</p><p style='color:red'>z</p>")
    assert page.html.count("color:blue") == 1
    assert page.html.endswith('<p class="own-0">x</p>\n<p class="own-0">y</p><p class="own-1">z</p>')


def test_what_only_looks_like_a_style_stays():
    """Text, comments (Outlook reads them), and a line that a browser counts otherwise than Python does."""
    mail = '<head></head><!--[if mso]><td style="a:b"><![endif]-->style="x" \u2028 &amp; &gt;<p title="a > b">1 < 2</p>'
    assert on_page(mail).html == mail
    assert on_page(mail).styles == ()
    styled = on_page(mail + '<br style="color:red" title="a &quot; > b"/>').html
    assert styled.partition("</head>")[2] == f'{mail[13:]}<br title="a &quot; &gt; b" class="own-0"/>'


def test_a_style_cannot_leave_its_rule():
    html = on_page("<head></head><p style='color:red} body{display:none'>x</p><p style='a:</style><script>'>y</p>").html
    assert html.count("{") == 2
    assert html.count("</style>") == 1
    assert "<script>" not in html


def test_line_ends_are_hashed_as_a_browser_reads_them():
    assert on_page("<style>a\r\nb\rc</style>").styles == (hashed("a\nb\nc"),)


def test_an_answer_says_which_styles_there_are():
    answer = shown(HttpResponse("<head></head><p style='color:red'>x</p>"), STRICT)
    sheet = ".own-0.own-0.own-0.own-0.own-0{color:red}"
    assert answer["Content-Security-Policy"] == f"default-src 'none'; style-src {hashed(sheet)}"
    assert shown(HttpResponse("x"), STRICT)["Content-Security-Policy"] == "default-src 'none'; style-src 'none'"


def test_a_way_on_and_a_file_stay_as_they_are():
    for answer in (HttpResponseRedirect("/"), HttpResponse(b"\xff", content_type="image/png")):
        before = answer.content
        assert shown(answer, STRICT)["Content-Security-Policy"] == "default-src 'none'"
        assert answer.content == before
