"""The compiled message, proven by reading it back with the standard library."""

from __future__ import annotations

import email
import email.policy
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailings import skeleton, wire
from mailings.skeleton import Letterhead, compile_message
from templates_lib.render import merge
from templates_lib.render.document import RenderRefused
from templates_lib.render.merge import hole

HEAD = Letterhead(
    from_name="Åsa Lind, Förbundet", from_address="utskick@union.example.org", reply_to="asa@union.example.org",
    list_id="meetings.union.example.org",
)  # fmt: skip
LINKS = {"web_url": "https://x.example/m/abc_-1/", "unsubscribe_url": "https://x.example/u/abc?a=1&b=2"}
HOSTILE = [
    "Åsa", "", "{{7*7}}", "<b>Eve</b>", "\"'><script>alert(1)</script>", "Eve\r\nBcc: x@example.com", ".", "...",
    "=?utf-8?q?x?=", "=41", " ", "Ŋáŋŋá Š", "=" * 90, "ä" * 90, "." * 200, "From me", "\u202eevil", "a\0b", "😀" * 40,
    "e\u0301",
]  # fmt: skip


def face(**changes: object) -> SimpleNamespace:
    text = f"Hej {hole('first_name')}!\n.punkt\n{hole('last_name')}\n{'långt ' * 40}\n{hole('web_url')}"
    html = (
        f'<p title="{hole("last_name")}">Hej {hole("first_name")}, <a href="{hole("unsubscribe_url")}">nej</a></p>\n.x'
    )
    known = {"language": "sv", "subject": "Möte", "text": text, "html": html, "pdf_name": "Årsmöte.pdf", "prints": {}}
    return SimpleNamespace(**(known | changes))


def write(source=None, *, pdf=b"", to="a@example.com", unsubscribe="", **values):
    compiled = compile_message(source or face(), HEAD, pdf=pdf)
    raw = compiled.message(
        to=to, date="Fri, 12 Mar 2027 18:00:00 +0000", message_id="<1.1@union.example.org>", values=LINKS | values,
        unsubscribe=unsubscribe,
    )  # fmt: skip
    return raw, email.message_from_bytes(raw, policy=email.policy.default)


def check_lines(raw: bytes) -> None:
    """What holds for every message on the wire."""
    assert raw.endswith(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    lines = raw.split(b"\r\n")
    assert not any(line.startswith(b".") for line in lines)
    body = lines[lines.index(b"") :]
    assert max(map(len, body)) <= 78
    assert max(map(len, lines)) <= 200
    assert not any(line.endswith((b" ", b"\t")) for line in body)


def body(message, kind):
    return message.get_body((kind,)).get_content().replace("\r\n", "\n")


@pytest.mark.parametrize("first", HOSTILE)
@pytest.mark.parametrize("last", ["Lind", "<i>&amp;", "." * 80])
def test_a_hostile_name_is_inert_in_every_place(first, last):
    source = face(subject=f"Hej {hole('first_name')}, välkommen")
    raw, message = write(source, first_name=first, last_name=last)
    check_lines(raw)
    values = LINKS | {"first_name": first, "last_name": last}
    assert body(message, "plain") == merge.fill(source.text, values, context="text")
    assert body(message, "html") == merge.fill(source.html, values)
    assert message["Subject"] == merge.fill(source.subject, values, context="header")
    assert message.keys().count("To") == 1
    assert "Bcc" not in message
    assert not message.defects


LETTERS = st.text(st.characters(exclude_characters="\ue000\ue001", exclude_categories=["Cs"]), max_size=120)


@settings(max_examples=150, deadline=None)
@given(before=LETTERS, between=LETTERS, after=LETTERS, name=LETTERS)
def test_any_text_around_any_name_comes_back_as_it_was(before, between, after, name):
    text = f"{before}{hole('first_name')}{between}{hole('last_name')}{after}"
    raw, message = write(face(text=text), first_name=name, last_name="x")
    check_lines(raw)
    wanted = merge.fill(
        text.replace("\r\n", "\n").replace("\r", "\n"), {"first_name": name, "last_name": "x"}, context="text"
    )
    got = message.get_body(("plain",)).get_payload(decode=True).decode().replace("\r\n", "\n")
    assert got == wanted


@given(LETTERS)
def test_any_subject_comes_back(subject):
    line = merge.clean_line(subject)
    raw, message = write(face(subject=line))
    assert " ".join(str(message["Subject"] or "").split()) == " ".join(line.split())
    check_lines(raw)


def test_the_headers_say_who_writes_and_whom_to_answer():
    _raw, message = write(unsubscribe="https://x.example/u/abc/")
    assert message["From"].addresses[0].display_name == "Åsa Lind, Förbundet"
    assert message["From"].addresses[0].addr_spec == "utskick@union.example.org"
    assert str(message["Reply-To"]) == "asa@union.example.org"
    assert str(message["To"]) == "a@example.com"
    assert str(message["List-Id"]) == "<meetings.union.example.org>"
    assert str(message["List-Unsubscribe"]) == "<https://x.example/u/abc/>"
    assert str(message["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    assert message["Message-ID"] == "<1.1@union.example.org>"
    assert str(message["Content-Language"]) == "sv"
    assert not {"Cc", "Bcc", "Auto-Submitted"} & set(message.keys())
    assert len(set(message.keys())) == len(message.keys())


def test_a_statutory_notice_has_nothing_to_switch_off():
    _raw, message = write(unsubscribe="")
    assert not {"List-Unsubscribe", "List-Unsubscribe-Post"} & set(message.keys())


def test_the_calendar_entry_travels_with_the_mail():
    entry = "BEGIN:VCALENDAR\r\nSUMMARY:Årsmöte\r\nEND:VCALENDAR\r\n"
    _raw, message = write(face(prints={"calendar": entry}), pdf=b"%PDF-")
    first, second = message.iter_attachments()
    assert (first.get_content_type(), first.get_param("method")) == ("text/calendar", "PUBLISH")
    assert first.get_filename() == "invitation.ics"
    assert first.get_payload(decode=True).decode() == entry
    assert second.get_content_type() == "application/pdf"


def test_without_attachment_there_are_two_faces_of_one_thing():
    _raw, message = write()
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    "name", ["Årsmöte.pdf", "a.pdf", "Två ord; \"citat\".pdf", "Ŋ" * 110 + ".pdf", "x" * 116 + ".pdf"]
)  # fmt: skip
def test_the_attachment_keeps_its_name_and_its_bytes(name):
    raw, message = write(face(pdf_name=name), pdf=bytes(range(256)) * 50)
    check_lines(raw)
    assert message.get_content_type() == "multipart/mixed"
    attachment = next(message.iter_attachments())
    assert attachment.get_filename() == name
    assert attachment.get_content_type() == "application/pdf"
    assert attachment.get_content() == bytes(range(256)) * 50
    assert body(message, "plain").startswith("Hej")


def test_an_address_with_å_stands_raw_in_the_to_line():
    raw, _message = write(to="åsa@xn--blbr-noae.example")
    assert "\r\nTo: åsa@xn--blbr-noae.example\r\n".encode() in b"\r\n" + raw


@pytest.mark.parametrize("to", ["a@example.com\r\nBcc: b@example.com", "a @example.com", "a@example.com\u2028x"])
def test_a_header_refuses_a_second_line(to):
    with pytest.raises(wire.HeaderRefused):
        write(to=to)
    with pytest.raises(wire.HeaderRefused):
        wire.encoded_words("two\r\nlines")
    with pytest.raises(wire.HeaderRefused):
        wire.file_name("two\nlines.pdf")


@pytest.mark.parametrize(
    "html",
    [
        "<style>p { color: %s }</style>",
        "<script>let a = '%s'</script>",
        "<!-- %s -->",
        "<p class=%s>x</p>",
        "<p onclick='%s'>x</p>",
    ],
)
def test_a_field_where_no_text_may_stand_is_refused(html):
    with pytest.raises(RenderRefused):
        compile_message(face(html=html % hole("first_name")), HEAD)


def test_a_member_without_a_name_leaves_no_gap():
    _raw, message = write(first_name="")
    assert body(message, "plain").startswith("Hej!\n")


def test_no_boundary_can_occur_in_a_body():
    text = "--=_alternative\n--=_mixed--\n"
    _raw, message = write(face(text=text))
    assert body(message, "plain") == text
    assert skeleton.ALTERNATIVE.startswith(b"=_")
