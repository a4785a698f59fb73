"""Typed text through every slot of every block, into every face a message has."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import tinyhtml5

from templates_lib import brands, build, outputs
from templates_lib.blocks import vocabulary
from templates_lib.models import Brand as BrandRow
from templates_lib.models import InvitationTemplate, Topic
from templates_lib.render.document import Document, Sender
from templates_lib.render.html import print_html
from templates_lib.render.mjml import mail_html
from templates_lib.render.text import plain_text

LOADS = {"src", "srcset", "background", "poster", "data", "href", "action", "formaction", "xlink:href", "cite"}
SAFE = re.compile(r"https?://|mailto:|tel:|asset:[0-9a-f]{64}$|#|data:image/png;base64,|\ue000(un|web)|$", re.I)
DEAD = {
    "script", "iframe", "frame", "object", "embed", "applet", "form", "input", "button", "textarea", "select", "link",
    "base", "video", "audio", "source", "math", "foreignobject", "noscript", "template", "marquee", "portal", "dialog",
    "details", "keygen", "isindex", "animate", "set", "use", "image", "xss", "x",
}  # fmt: skip


def whole_template(topic: Topic) -> InvitationTemplate:
    """Every block there is, every field of it left open."""
    open_field = {"slot": True, "max_length": 20_000}
    body = [
        {"type": name, "id": f"00000000-0000-4000-8000-{n:012}", "value": dict.fromkeys(block.fields, open_field)}
        for n, (name, block) in enumerate(vocabulary())
    ]
    template = InvitationTemplate(name="Allt", topic=topic)
    template.body = InvitationTemplate._meta.get_field("body").to_python(json.dumps(body))
    return template


VALUES: dict[str, Callable[[str, str], Any]] = {  # slot type -> the value when (text, picture) is typed into all of it
    "short_text": lambda text, picture: text,
    "choice": lambda text, picture: text,
    "date_time": lambda text, picture: text,
    "lines": lambda text, picture: text,
    "shown": lambda text, picture: text,
    "rich_text": lambda text, picture: text,
    "place": lambda text, picture: {"name": text, "address": text, "url": text},
    "person": lambda text, picture: {"name": text, "role": text, "phone": text, "email": text},
    "link": lambda text, picture: {"url": text, "text": text},
    "image": lambda text, picture: {"sha256": picture, "alt": text},
}


@dataclass
class Typed:
    """Slot key -> value, and slot key -> what was typed there, with a mark in front that nobody else has."""

    values: dict[str, Any]
    said: dict[str, str]


def typed(template: InvitationTemplate, texts: Sequence[str], *, picture: str = "", as_code: bool = False) -> Typed:
    """The texts in turn, one in every slot, beside links that work; `as_code` pastes HTML into rich text."""
    out = Typed({}, {})
    for n, slot in enumerate(template.slots("sv")):
        said = f"mark{n:03}:{texts[n % len(texts)]}"
        value = VALUES[slot.type](said, picture)
        if slot.type == "rich_text" and not as_code:
            value = f"<p>{escape(said)}</p>"
        if slot.type == "link":
            value = {"url": "https://example.org/", "text": said}
        if slot.type == "place":
            value["url"] = ""
        out.values[slot.key] = value
        if slot.type not in {"date_time", "shown"}:
            out.said[slot.key] = said
    return out


def document(template: InvitationTemplate, values: dict[str, Any], text: str) -> Document:
    """The message with the text in subject, preview text, sender, and both brands as staff may type them."""
    said = {"name": text, "footer": f"{text}\n{text}", "sender_name": text}
    return build.document(
        template,
        values,
        language="sv",
        brand=brands.merged([BrandRow(**said), BrandRow(**said)]),
        sender=Sender(text, text, text, text, text),
        subject=text,
        preheader=text,
        page_url="https://union.example.org/p/abc/",
    )


def pages(document: Document) -> dict[str, str]:
    """Every face that is HTML."""
    prints = outputs.prints(document)
    return {
        "mail": mail_html(document),
        "print": print_html(document),
        **{name: text for name, text in prints.items() if name not in {"sms", "calendar"}},
    }


def texts(document: Document) -> dict[str, str]:
    """Every face that is plain text."""
    prints = outputs.prints(document)
    entry = re.sub(r"\\(.)", lambda said: "\n" if said[1] in "nN" else said[1], prints["calendar"].replace("\r\n ", ""))
    return {"text": plain_text(document), "sms": prints["sms"], "calendar": entry}


def elements(html: str) -> Iterator[tuple[str, dict[str, str]]]:
    """(tag, attributes) as a browser would build them (the parser of the HTML standard)."""
    for element in tinyhtml5.parse(html, namespace_html_elements=False).iter():
        if isinstance(element.tag, str):
            tag = element.tag.rpartition("}")[2].lower()
            yield tag, {key.rpartition("}")[2].lower(): value for key, value in element.attrib.items()}


def words(html: str) -> str:
    """What is read, alternative texts and titles included, without white space."""
    tree = tinyhtml5.parse(html, namespace_html_elements=False)
    said = []
    for element in tree.iter():
        if element.tag in {"style", "script"}:
            continue
        said += [element.text or "" if isinstance(element.tag, str) else "", *element.attrib.values()]
        said.append(element.tail or "")
    said += [element.tail or "" for element in tree.iter("style")]
    return squeezed(" ".join(said))


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def dangers(html: str, *, ours: frozenset[str] = frozenset()) -> list[str]:
    """What in the page could run, load or lead to a foreign scheme; tags in `ours` are known to be the page's own."""
    found = []
    for tag, attributes in elements(html):
        if tag in DEAD - ours:
            found.append(f"<{tag}>")
        for key, value in attributes.items():
            if (
                key.startswith("on")
                or key in {"srcdoc", "formaction", "ping"}
                or (key in LOADS and not SAFE.match(value))
            ):
                found.append(f"<{tag} {key}={value}>")
            elif key == "style" and re.search(r"mark\d|expression|behavior|-moz-binding|javascript|\\", value, re.I):
                found.append(f"<{tag} style={value}>")
            elif key == "http-equiv" and value.lower() == "refresh":
                found.append("refresh")
    return found
