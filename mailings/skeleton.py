"""A message compiled once per mailing and language: MIME literals split at the member fields.

Building a message with the standard library takes milliseconds; filling a skeleton takes some twenty microseconds
(delivery.md, "Fast and truthful at once"). Every value is escaped for the place it lands in, in a single pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

from mailings import wire
from mailings.wire import SOFT
from templates_lib.render import merge
from templates_lib.render.merge import Hole

# No quoted-printable or base64 text can contain "=_" (RFC 2045 §6.7).
ALTERNATIVE, MIXED = b"=_alternative", b"=_mixed"
CALENDAR_NAME = "invitation.ics"
_HARMLESS = re.compile(r"[A-Za-z0-9_/:~-][A-Za-z0-9_/:.~-]*\Z")


class Face(Protocol):
    """What a recipient gets to see: `composing.Rendered` or a `Rendition`. Member fields are holes."""

    @property
    def language(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def pdf_name(self) -> str: ...
    @property
    def prints(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """The headers that are equal for everybody. Addresses are ASCII; `list_id` is a domain-like name."""

    from_name: str
    from_address: str
    reply_to: str
    list_id: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A hole between two literals: `literal` before it, and the same without its last space for a value that is
    empty ("Hi [[first_name]]!" becomes "Hi!").
    """

    literal: bytes
    trimmed: bytes
    name: str
    context: str  # html · plain · header


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A compiled message; `message` fills it for one recipient."""

    subject: tuple[Gap, ...]
    subject_end: bytes
    body: tuple[Gap, ...]
    body_end: bytes

    def message(
        self, *, to: str, date: str, message_id: str, values: Mapping[str, str], unsubscribe: str = ""
    ) -> bytes:
        """The bytes up to, not including, the final dot. `to` is the address on the wire, non-ASCII only where
        SMTPUTF8 is needed; `unsubscribe` an absolute URL, "" where there is nothing to switch off.

        Raises `wire.HeaderRefused` when something is not one clean line.
        """
        longest = max(len(to), len(message_id), len(unsubscribe))
        if longest > wire.LONGEST or " " in to or wire.CONTROL.search(to + message_id + unsubscribe):
            raise wire.HeaderRefused("not one clean line")
        out = [f"To: {to}\r\nDate: {date}\r\nMessage-ID: {message_id}\r\nSubject: ".encode()]
        out.append(_subject(self.subject, self.subject_end, values))
        if unsubscribe:  # RFC 8058 §3.1
            post = "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
            out.append(f"\r\nList-Unsubscribe: <{unsubscribe}>\r\n{post}".encode())
        out.append(b"\r\n")
        for gap in self.body:
            if value := body_value(values.get(gap.name, ""), gap.context):
                out += (gap.literal, value, SOFT)
            else:
                out.append(gap.trimmed)
        out.append(self.body_end)
        return b"".join(out)


def _subject(gaps: tuple[Gap, ...], end: bytes, values: Mapping[str, str]) -> bytes:
    parts: list[bytes] = []
    for gap in gaps:
        value = header_value(values.get(gap.name, ""))
        parts += [gap.literal if value else gap.trimmed, value]
    return b"\r\n ".join(part for part in [*parts, end] if part)


def body_value(value: str, context: str) -> bytes:
    """A value escaped and encoded for a body, without the soft line breaks around it; b"" for none."""
    if _HARMLESS.match(value):  # our own links above all, and nothing in them to escape
        return _harmless_value(value)
    return _body_value(value, context)


@lru_cache(maxsize=16)  # a link is another one in each message, where it stands in the text and in the HTML
def _harmless_value(value: str) -> bytes:
    return wire.inline_value(value)


@lru_cache(maxsize=8192)
def _body_value(value: str, context: str) -> bytes:
    return wire.inline_value(merge.escape(value, "text" if context == "html" else "plain"))


@lru_cache(maxsize=1024)
def header_value(value: str) -> bytes:
    return b"\r\n ".join(wire.encoded_words(merge.escape(value, "header")))


def compile_message(face: Face, letterhead: Letterhead, *, pdf: bytes = b"") -> Skeleton:
    """Raises `RenderRefused` for a hole where no text may stand (style, script, comment, unquoted attribute), and
    `wire.HeaderRefused`.
    """
    subject, subject_end = _compile_subject(merge.pieces(face.subject, context="header"))
    faces: list[bytes | Gap] = [
        b'Content-Type: multipart/alternative; boundary="%s"\r\n\r\n' % ALTERNATIVE,
        _part(b"text/plain; charset=utf-8"),
        *_gaps(merge.pieces(_ended(face.text), context="text"), "plain", _open_ended),
        _part(b"text/html; charset=utf-8"),
        *_gaps(merge.pieces(_ended(face.html), context="html"), "html", _open_ended),
        b"--%s--\r\n" % ALTERNATIVE,
    ]
    attached = []
    if entry := face.prints.get("calendar"):
        attached.append(_attachment(b"text/calendar; charset=utf-8; method=PUBLISH", CALENDAR_NAME, entry.encode()))
    if pdf:
        attached.append(_attachment(b"application/pdf", face.pdf_name, pdf))
    if attached:
        opening = b'Content-Type: multipart/mixed; boundary="%s"\r\n\r\n--%s\r\n' % (MIXED, MIXED)
        faces = [opening, *faces, *attached, b"--%s--\r\n" % MIXED]
    body, body_end = _folded([_head(letterhead, face.language), *faces])
    return Skeleton(subject=subject, subject_end=subject_end, body=body, body_end=body_end)


def _head(letterhead: Letterhead, language: str) -> bytes:
    """No Auto-Submitted: a person sends this and wants the answers (RFC 3834 §5); List-Id keeps robots quiet."""
    lines = [
        b"From: " + wire.phrase(letterhead.from_name, letterhead.from_address),
        b"Reply-To: " + wire.phrase("", letterhead.reply_to),
        b"List-Id: " + wire.phrase("", letterhead.list_id),
        b"Content-Language: " + language.encode("ascii"),
        b"MIME-Version: 1.0",
    ]
    return b"".join(line + b"\r\n" for line in lines)


def _part(kind: bytes) -> bytes:
    encoding = b"Content-Transfer-Encoding: quoted-printable"
    return b"--%s\r\nContent-Type: %s\r\n%s\r\n\r\n" % (ALTERNATIVE, kind, encoding)


def _attachment(kind: bytes, name: str, content: bytes) -> bytes:
    return (
        b"--%s\r\nContent-Type: %s\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment%s\r\n\r\n%s" % (MIXED, kind, wire.file_name(name), wire.base64_lines(content))
    )


def _ended(text: str) -> str:
    """With one line end more: it belongs to the boundary that follows (RFC 2046 §5.1.1)."""
    return text.replace("\r\n", "\n").replace("\r", "\n") + "\n"


def _compile_subject(pieces: list[str | Hole]) -> tuple[tuple[Gap, ...], bytes]:
    """A subject without holes stays readable on the wire; one with holes is encoded words throughout, because
    only between two of them a reader drops the white space.
    """
    if len(pieces) == 1:
        return (), wire.header_text(str(pieces[0]))
    return _folded(_gaps(pieces, "header", lambda text: b"\r\n ".join(wire.encoded_words(text))))


def _open_ended(text: str) -> bytes:
    """A literal of a body, brought to a line's start by a soft break, so that any value may follow."""
    code = wire.quoted_printable(text)
    return code + SOFT if code and not code.endswith(b"\r\n") else code


def _gaps(pieces: list[str | Hole], context: str, encode: Callable[[str], bytes]) -> list[bytes | Gap]:
    out: list[bytes | Gap] = []
    literal = ""
    for piece in pieces:
        if isinstance(piece, str):
            literal = piece
        else:
            code, trimmed = encode(literal), literal.rstrip(" \u00a0")
            out.append(Gap(code, code if trimmed == literal else encode(trimmed), piece.name, context))
    return [*out, encode(literal)]


def _folded(parts: list[bytes | Gap]) -> tuple[tuple[Gap, ...], bytes]:
    """The same in one row of gaps: bytes are put in front of the gap that follows; the rest is the end."""
    gaps, before = [], b""
    for part in parts:
        if isinstance(part, bytes):
            before += part
        else:
            gaps.append(replace(part, literal=before + part.literal, trimmed=before + part.trimmed))
            before = b""
    return tuple(gaps), before
