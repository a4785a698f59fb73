"""Text as mail carries it: quoted-printable, encoded words, file names. Pure; bytes out.

Written here because a message is compiled in pieces (see `skeleton`): each piece must stand alone between two soft
line breaks, which no library offers.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import quote

LINE = 76  # characters of a body line, the soft break's "=" included (RFC 2045 §6.7)
WORD = 64  # characters of an encoded word: its line, header name included, stays within 76 (RFC 2047 §2)
LONGEST = 900  # characters of a header that must stay in one line; RFC 5322 §2.1.1 allows 998
SOFT = b"=\r\n"
_SPECIAL = re.compile(rb"[^\t -<>-~]")  # what a body writes as =XX
_ATOM = re.compile(r"[A-Za-z0-9!*+/ -]")  # what may stand bare in a Q word anywhere (RFC 2047 §5)
_PLAIN_HEADER = re.compile(r"[!-~]+( [!-~]+)*\Z")
_BARE = re.compile(r"[A-Za-z0-9_/:?&;,!~+@%*'(). -]*\Z")  # needs no encoding in a body
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # what no header may contain
_SAFE_NAME = re.compile(r"[A-Za-z0-9._-]{1,60}\Z")


class HeaderRefused(ValueError):
    """A line end or another control character where a header is to be written (threat S4)."""


def quoted_printable(text: str) -> bytes:
    """A piece of a body. Starts at a line's start; its last line is left open (no line end is added).

    Line ends of any kind become CRLF; no line is longer than 76, ends in a space or starts with a dot.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return b"\r\n".join(_line(line.encode("utf-8", "replace"), last=n == len(lines)) for n, line in enumerate(lines, 1))


def inline_value(text: str) -> bytes:
    """A value in a body, all in one logical line: a line end inside it is written as =0D or =0A."""
    if _BARE.match(text):
        folded = SOFT.join([text[at : at + LINE - 1].encode() for at in range(0, len(text), LINE - 1)])
        if not folded.startswith(b".") and b"\n." not in folded:
            return folded
    return _line(text.encode("utf-8", "replace"), last=True)


def _line(raw: bytes, *, last: bool) -> bytes:
    """One logical line folded by soft breaks. A space at the very end is encoded unless a soft break follows."""
    end = b"" if last or raw[-1:] not in (b" ", b"\t") else b"=%02X" % raw[-1]
    code = _SPECIAL.sub(lambda match: b"=%02X" % ord(match[0]), raw[:-1] if end else raw) + end
    out, at = [], 0
    while True:
        room = LINE - 1
        if code[at : at + 1] == b".":  # where a line starts, one would have to be doubled
            out.append(b"=2E")
            at, room = at + 1, room - 3
        if len(code) - at <= room:
            return b"".join([*out, code[at:]])
        until = at + room
        if (escape := code.rfind(b"=", until - 2, until)) >= 0:
            until = escape
        out += (code[at:until], SOFT)
        at = until


def encoded_words(text: str) -> list[bytes]:
    """The text as encoded words, none longer than 64 and none splitting a character. Raises `HeaderRefused`.

    Cut after a blank where there is one: some readers show one more between two encoded words of a name.
    """
    if CONTROL.search(text):
        raise HeaderRefused(repr(text))
    words, word, room = [], "", WORD - len("=?utf-8?q??=")
    for char in text:
        token = _q(char)
        if len(word) + len(token) > room:
            end = word.rfind("_", room // 2) + 1 or len(word)
            words.append(word[:end])
            word = word[end:]
        word += token
    return [b"=?utf-8?q?%s?=" % w.encode() for w in [*words, word] if w]


def _q(char: str) -> str:
    if char == " ":
        return "_"
    return char if _ATOM.match(char) else "".join(f"={b:02X}" for b in char.encode("utf-8", "replace"))


def header_text(text: str) -> bytes:
    """Unstructured header text: as it is when that is safe and short, else encoded words, one per line."""
    if len(text) <= 60 and _PLAIN_HEADER.match(text) and "=?" not in text:
        return text.encode()
    return b"\r\n ".join(encoded_words(text))


def phrase(name: str, address: str) -> bytes:
    """`"Name" <address>`; the address is ours or validated. Raises `HeaderRefused`."""
    if not re.fullmatch(r"[!-;=?-~]{1,320}", address):
        raise HeaderRefused(repr(address))
    if not name:
        return b"<%s>" % address.encode()
    if name.isascii() and name.isprintable() and len(name) <= 60 and "=?" not in name:
        shown = b'"%s"' % re.sub(r'(["\\])', r"\\\1", name).encode()
    else:
        shown = b"\r\n ".join(encoded_words(name))
    return b"%s\r\n <%s>" % (shown, address.encode())


def file_name(name: str) -> bytes:
    """The parameters that name an attachment (RFC 2231): `Årsmöte.pdf` as filename*0*=utf-8''…, in short lines."""
    if _SAFE_NAME.match(name):
        return b'; filename="%s"' % name.encode()
    if CONTROL.search(name):
        raise HeaderRefused(repr(name))
    if len(quoted := quote(name, safe="", errors="replace")) <= 50:
        return b";\r\n filename*=utf-8''%s" % quoted.encode()
    parts = [part.encode() for part in _parts(name)]
    parts[0] = b"utf-8''" + parts[0]
    return b"".join(b";\r\n filename*%d*=%s" % (n, part) for n, part in enumerate(parts))


def _parts(name: str) -> Iterator[str]:
    part = ""
    for char in name:
        token = quote(char, safe="", errors="replace")
        if len(part) + len(token) > 50:
            yield part
            part = ""
        part += token
    yield part


def base64_lines(content: bytes) -> bytes:
    """A file as base64 in lines of 76, each ended by CRLF."""
    return base64.encodebytes(content).replace(b"\n", b"\r\n")
