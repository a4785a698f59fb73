"""The mail face: staff-made MJML with placeholders, compiled by MRML, then filled.

MRML never sees a typed character: attribute values are not escaped there and deep nesting crashes it (rendering.md,
"MJML"). Each value in a face becomes a token, and lands escaped for its context after compiling.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from xml.parsers import expat

import mjml
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from templates_lib.render import faces, merge
from templates_lib.render.document import Document, Ours, RenderRefused, RichText

MAX_BYTES = 100_000  # Gmail clips a message at about 102 kB
MAX_DEPTH = 100
SCHEMES = {"http", "https", "mailto", "tel"}
TOKEN = re.compile(r"zq(\d+)qz")
TAGS = re.compile(
    r"mjml|mj-(head|title|preview|attributes|all|class|style|breakpoint|body|wrapper|section|group|column"
    r"|text|image|button|divider|spacer|table)"
)
HTML = {  # what a face may use beside MJML: nothing that fetches but pictures, nothing that runs
    "a", "b", "blockquote", "br", "div", "em", "h1", "h2", "h3", "hr", "i", "img", "li", "ol", "p", "span", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
META = '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
LONGEST_SHOWN = 200  # characters of a refused line
PLAIN = {  # expat's codes in plain words
    2: "this is not a layout: it has to begin with a tag",
    3: "the layout is empty, or a tag is never closed",
    4: "a sign stands where it must not: write < as &lt; and & as &amp;, and attributes in quotes",
    5: "a tag is begun and never finished",
    7: "a tag is closed that is not the one opened last",
    8: "the same attribute is given twice",
    9: "something stands after the end of the layout",
    11: "a character is called by a name that is not known here",
}
LOADING = {"src", "srcset", "background", "poster", "data"}
_STYLE_LOADS = re.compile(r"""(?:(?:url|image-set)\(\s*|@import\s+)["']?([^"'\s)]+)""", re.I)


def mail_html(document: Document) -> str:
    """The message as mail HTML; member fields stay holes. Raises `RenderRefused`."""
    values: list[Any] = []
    template = _environment().get_template("message.mjml")
    source = template.render(document=document, values=values, **_shared(document))
    html = compile_mjml(source).replace("<head>", "<head>" + META, 1)
    html = merge.replace(html, TOKEN, lambda number, context: _landed(values[int(number)], context), sought="zq")
    _refuse_foreign(html, document.base_url)
    return html


def _shared(document: Document) -> dict[str, Any]:
    """What every mail face knows. Language, direction and our own two links are ours, not typed."""
    return {
        "brand": document.brand,
        "c": document.brand.palette,
        "family": document.brand.family,
        "lang": Ours(document.language),
        "direction": Ours(document.dir),
        "unsubscribe_url": merge.hole("unsubscribe_url"),
        "web_url": merge.hole("web_url"),
    }


@pass_context
def _token(context: Context, value: Any) -> Any:
    """What a face prints: our own values and a face's own macros as they are, everything else as a token."""
    if isinstance(value, Ours):
        return Markup(value)  # noqa: S704  # ours, checked when made
    if isinstance(value, int) or type(value) is Markup:
        return value
    values = context["values"]
    values.append(value)
    return Markup("zq{}qz").format(len(values) - 1)


def _environment() -> Any:
    return faces.environment(escape=True, finalize=_token)


def _landed(value: Any, context: str) -> str:
    """A value escaped for where its token came to stand."""
    if isinstance(value, RichText):
        if context != "text":
            raise RenderRefused("Rich text stands inside a tag.")
        return str(value)
    text = str(value)
    if context == "url" and not _safe_link(text):
        raise RenderRefused("A link leads to something that is not a web, mail or telephone address.")
    return str(escape(text))


def _safe_link(url: str) -> bool:
    return url.startswith(merge.OPEN) or urlsplit(url).scheme in SCHEMES


def compile_mjml(source: str) -> str:
    """MJML to HTML by MRML. Raises `RenderRefused`, with the place, for what MRML would get wrong silently."""
    _lint(source)
    source = re.sub(
        r">[ \t]+(?=</?mj)", ">\n", source
    )  # MRML 1.4 stumbles over blanks between its tags, not over line ends
    try:
        html = mjml.mjml2html(source, fonts={})
    except ValueError as error:
        raise RenderRefused(f"The mail layout does not compile: {error}") from error
    if re.search(r"</?mj-", html):
        raise RenderRefused("The mail layout compiled only in part.")
    return html


def _lint(source: str) -> None:
    """Strict XML, known MJML tags only, bounded depth, no quote inside an attribute, no document type."""
    parser = expat.ParserCreate()
    depth = 0

    def refuse(why: str) -> None:
        raise _refused(why, source, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            refuse(f"more than {MAX_DEPTH} tags stand inside one another")
        if tag not in HTML and not TAGS.fullmatch(tag):
            refuse(f"<{tag}> is not used here")
        for key, value in attributes.items():
            if key.lower().startswith("on"):
                refuse(f"the attribute {key} is not used here")
            if any(char in value for char in '"<>\\') or not value.isprintable():
                refuse(f"the attribute {key} holds a character that must not stand there")

    def end(_tag: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = lambda *_: refuse("a document type is not used here")
    try:
        parser.Parse(source, True)
    except expat.ExpatError as error:
        why = PLAIN.get(error.code, expat.errors.messages[error.code])
        raise _refused(why, source, error.lineno, error.offset + 1) from error


def _refused(why: str, source: str, line: int, column: int) -> RenderRefused:
    """The refusal with its place. Lines end where expat thinks they do."""
    lines = source.split("\n")
    written = lines[line - 1].strip()[:LONGEST_SHOWN] if 0 < line <= len(lines) else ""
    return RenderRefused(f"Line {line}, column {column}: {why}", line=line, column=column, source=written)


def _refuse_foreign(html: str, base_url: str) -> None:
    """Nothing is loaded from anybody but us: no remote font, picture or pixel."""
    if any(not url.startswith(base_url + "/") for url in _loads(html)):
        raise RenderRefused("The mail would load something from another host.")


def _loads(html: str) -> Iterator[str]:
    """Every address a reader's program would fetch by itself, conditional comments included."""
    for part in merge.HTML_PARTS.finditer(html):
        if part["tag"]:
            attributes = [(m[1].lower(), m[2] if m[2] is not None else m[3]) for m in merge.ATTRIBUTE.finditer(part[0])]
            loading = {*LOADING, "href"} if part[0].lower().startswith("<link") else LOADING
            yield from (value for key, value in attributes if key in loading)
            yield from (url for key, value in attributes if key == "style" for url in _STYLE_LOADS.findall(value))
        else:
            yield from _STYLE_LOADS.findall(part[0])
            if part[0].startswith("<!--"):
                yield from _loads(part[0][4:])
