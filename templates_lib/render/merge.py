"""Member fields in a message: what people may type, the holes they become, and filling them.

People type `[[first_name]]`; a hole is U+E000 + name + U+E001. The list is closed, the fill is one pass of our own
(never Django, Jinja or str.format on typed text, threat S5), and each value is escaped for the context it lands in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import escape as escape_html

from templates_lib.render.document import RenderRefused

OPEN, CLOSE = "\ue000", "\ue001"
MEMBER_HOLES = frozenset({"first_name", "last_name", "full_name", "unit"})
OUR_HOLES = frozenset({"unsubscribe_url", "web_url", "documents_url"})  # nobody can type these
LETTER_HOLES = frozenset({"street", "town", "country", "written_on"})  # nor these: the letter's own
HOLES = MEMBER_HOLES | OUR_HOLES | LETTER_HOLES
HOLE = re.compile(f"{OPEN}([a-z_]+){CLOSE}")
ALIASES = {
    "förnamn": "first_name", "fornavn": "first_name", "first name": "first_name",
    "efternamn": "last_name", "etternavn": "last_name", "efternavn": "last_name", "last name": "last_name",
    "namn": "full_name", "navn": "full_name", "name": "full_name", "full name": "full_name",
    "avdelning": "unit", "avdeling": "unit", "afdeling": "unit", "branch": "unit",
}  # fmt: skip
_TYPED = re.compile(r"\[\[([^\[\]<>]{1,40})\]\]")
_LINE_ENDS = re.compile("[ \\t\\r\\n\\f\\v\\x1c-\\x1f\\x85\\u2028\\u2029]+")
HTML_PARTS = re.compile(
    r"(?P<dead><!--.*?(?:-->|\Z)|<(?P<raw>style|script)\b.*?(?:</(?P=raw)\s*>|\Z))"
    r"|(?P<tag></?[a-zA-Z](?:[^\"'>]|\"[^\"]*\"|'[^']*')*>)",
    re.S | re.I,
)
LONGEST = 2000  # characters of a member's value
# Nothing to clean or escape: most names, and our own links. One precomposed letter is one character (NFC).
_HARMLESS = re.compile(r"(?:[A-Za-z0-9_/:À-ÖØ-öø-ɏ.~-]++(?: [A-Za-z0-9_/:À-ÖØ-öø-ɏ.~-]++)*+)?+\Z")
ATTRIBUTE = re.compile(r"([a-zA-Z][a-zA-Z0-9:-]*)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


@dataclass(frozen=True, slots=True)
class Hole:
    """A place for one member's value. `context`: text · attribute · url · plain · header."""

    name: str
    context: str


def hole(name: str) -> str:
    """The hole itself, for our own links and for tests. Raises `KeyError` for a name not on the list."""
    if name not in HOLES:
        raise KeyError(name)
    return f"{OPEN}{name}{CLOSE}"


def _drop(char: str) -> bool:
    """Controls, invisible formatting (zero-width, bidi), private use and lone surrogates say nothing and hide much."""
    return unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs"}


def clean_line(text: str, limit: int = 200) -> str:
    """One harmless line of at most `limit` characters (threat S4): NFC, no controls, no invisible characters."""
    line = _LINE_ENDS.sub(" ", str(text))
    line = unicodedata.normalize("NFC", "".join(c for c in line if not _drop(c)))
    return line.strip()[:limit].rstrip()


def clean_text(text: str) -> str:
    """The same for several lines; every kind of line end becomes `\\n`."""
    lines = re.split("\r\n|[\r\n\f\v\x85\u2028\u2029]", str(text))
    return "\n".join(clean_line(line, limit=100_000) for line in lines).strip()


def open_holes(text: str) -> str:
    """Allowed `[[fields]]`, in any of the languages, become holes; anything else stays as it was typed.

    Works on plain text and on clean rich text: a field inside a tag (a link's address) stays as typed.
    """

    def swap(match: re.Match[str]) -> str:
        typed = " ".join(match[1].split()).casefold()
        name = ALIASES.get(typed, typed.replace(" ", "_"))
        return hole(name) if name in MEMBER_HOLES else match[0]

    return "".join(
        part if part.startswith("<") else _TYPED.sub(swap, part) for part in re.split(r"(<[a-z/][^>]*>)", text)
    )


def contexts(html: str, *, sought: str) -> Iterator[tuple[str, str]]:
    """The HTML cut into (piece, context): text · attribute · url where a value may land, markup where none may. A tag
    that does not contain `sought` is one piece of markup.
    """
    at = 0
    for part in HTML_PARTS.finditer(html):
        yield html[at : part.start()], "text"
        if part["dead"] or html.find(sought, part.start(), part.end()) < 0:
            yield part[0], "markup"
        else:
            inner = part.start()
            for attribute in ATTRIBUTE.finditer(html, part.start(), part.end()):
                group = 2 if attribute[2] is not None else 3
                yield html[inner : attribute.start(group)], "markup"
                kind = attribute[1].lower()
                blocked = kind.startswith("on") or kind == "style"
                kind = "markup" if blocked else "url" if kind in {"href", "src"} else "attribute"
                yield attribute[group], kind
                inner = attribute.end(group)
            yield html[inner : part.end()], "markup"
        at = part.end()
    yield html[at:], "text"


def replace(html: str, pattern: re.Pattern[str], value: Callable[[str, str], str], *, sought: str) -> str:
    """Each match of `pattern` becomes `value(group 1, context)`, in one pass; each of them contains `sought`.

    Raises `RenderRefused` for a match in a style, script, comment or unquoted attribute.
    """
    out = []
    for piece, context in contexts(html, sought=sought):
        if context == "markup" and pattern.search(piece):
            raise RenderRefused("A field stands where no text may stand.")
        out.append(pattern.sub(lambda match, context=context: value(match[1], context), piece))  # type: ignore[misc]
    return "".join(out)


def pieces(source: str, *, context: str = "html") -> list[str | Hole]:
    """The source split at its holes, each knowing how its value is escaped: what a compiled message is made of.

    `context` is html · text · header. Raises `RenderRefused` like `replace`.
    """
    plain = {"text": "plain", "header": "header"}
    cut = contexts(source, sought=OPEN) if context == "html" else [(source, plain[context])]
    out: list[str | Hole] = [""]
    for piece, where in cut:
        literal, *rest = HOLE.split(piece)
        if rest and where == "markup":
            raise RenderRefused("A field stands where no text may stand.")
        out[-1] = str(out[-1]) + literal
        for name, after in zip(rest[::2], rest[1::2], strict=True):
            out += [Hole(name, where), after]
    return out


def escape(value: str, context: str) -> str:
    """A member's value as it may stand in the context of a `Hole`."""
    return _shown(value, "plain" if context in {"plain", "header"} else "html")


@lru_cache(maxsize=8192)
def _escape(value: str, context: str) -> str:
    value = clean_line(value, limit=LONGEST)
    return value if context == "plain" else str(escape_html(value))


@dataclass(frozen=True, slots=True)
class Compiled:
    """A source split once and filled for many members: every other part is a hole's, empty until it is filled.

    `at` says for each name which parts are its own, `shy` the literal before a part without its last space;
    `raw` and `shy_raw` are the same in UTF-8, as a page leaves.
    """

    parts: tuple[str, ...]
    shy: Mapping[int, str]
    raw: tuple[bytes, ...]
    shy_raw: Mapping[int, bytes]
    at: tuple[tuple[str, str, tuple[int, ...]], ...]  # (name, html · plain, parts)

    def fill(self, values: Mapping[str, str]) -> str:
        """The source with every hole filled, in one pass: a member called `{{7*7}}` or `<b>Eve</b>` is inert.

        A member without the asked name leaves no gap: "Hi [[first_name]]!" becomes "Hi!".
        """
        out = list(self.parts)
        for name, context, places in self.at:
            value = _shown(values.get(name, ""), context)
            for place in places:
                out[place] = value
                if not value:
                    out[place - 1] = self.shy[place]
        return "".join(out)

    def fill_bytes(self, values: Mapping[str, str]) -> bytes:
        """The same as UTF-8, without writing every literal anew."""
        out = list(self.raw)
        for name, context, places in self.at:
            value = _shown(values.get(name, ""), context).encode()
            for place in places:
                out[place] = value
                if not value:
                    out[place - 1] = self.shy_raw[place]
        return b"".join(out)


def _shown(value: str, context: str) -> str:
    """A value escaped for html · plain; most need nothing."""
    return value if len(value) <= LONGEST and _HARMLESS.match(value) else _escape(value, context)


@lru_cache(maxsize=64)
def compiled(source: str, *, context: str = "html") -> Compiled:
    """The source as `Compiled`, kept for the next member. Raises `RenderRefused` like `replace`."""
    split = pieces(source, context=context)
    at: dict[str, list[int]] = {}
    for n, piece in enumerate(split):
        if isinstance(piece, Hole):
            at.setdefault(piece.name, []).append(n)
    parts = tuple(piece if isinstance(piece, str) else "" for piece in split)
    shy = {n: parts[n - 1].rstrip(" \u00a0") for places in at.values() for n in places}
    return Compiled(
        parts=parts,
        shy=shy,
        raw=tuple(part.encode("utf-8", "replace") for part in parts),
        shy_raw={n: part.encode("utf-8", "replace") for n, part in shy.items()},
        at=tuple((name, "html" if context == "html" else "plain", tuple(places)) for name, places in at.items()),
    )


def fill(source: str, values: Mapping[str, str], *, context: str = "html") -> str:
    """The source filled for one member, see `Compiled.fill`. Raises `RenderRefused` like `replace`."""
    return compiled(source, context=context).fill(values)
