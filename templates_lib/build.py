"""From a template and the filled slots to a `Document`: everything cleaned, looked up and put into words."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from templates_lib import pictures
from templates_lib.blocks.fields import MessageBlock
from templates_lib.models import Topic
from templates_lib.render import lookalikes, merge
from templates_lib.render.document import (
    Block,
    Brand,
    Document,
    Enclosed,
    Entry,
    Image,
    Link,
    Moment,
    Place,
    RichText,
    Sender,
)
from templates_lib.render.rich_text import clean_rich_text, honest_links, safe_url
from templates_lib.slots import parse_moment

if TYPE_CHECKING:
    from templates_lib.models import InvitationTemplate

CLOCK = {"en": "H:i"}  # elsewhere 18.00
CALENDAR = {"nb": "l j. F Y", "da": r"l \d\e\n j. F Y"}  # elsewhere fredag 12 mars 2027
NBSP = "\u00a0"
NUMBER_OF_DAY = re.compile(r"(?<=\d) (?=[^\W\d])|(?<=\d\.) (?=[^\W\d])")  # 12 mars stay together; the year may wrap
MAP = "https://www.openstreetmap.org/search?query="


def document(
    template: InvitationTemplate,
    values: Mapping[str, Any],
    *,
    language: str,
    brand: Brand,
    sender: Sender,
    subject: str = "",
    preheader: str = "",
    topic_lines: tuple[str, ...] | None = None,
    page_url: str = "",
) -> Document:
    """The message of a template (a row, or `revision.as_object()`) with its slots filled.

    A slot without a value shows what staff wrote as its default. `topic_lines` (purpose and legal basis, shown in
    the footer, see `purpose_lines`) come from the template's topic unless given.
    """
    return of_blocks(
        template.body,
        values,
        language=language,
        brand=brand,
        sender=sender,
        topic=template.topic,
        subject=subject,
        preheader=preheader,
        topic_lines=topic_lines,
        page_url=page_url,
    )


def of_blocks(
    body: Iterable[Any],
    values: Mapping[str, Any],
    *,
    language: str,
    brand: Brand,
    sender: Sender,
    topic: Topic,
    subject: str = "",
    preheader: str = "",
    topic_lines: tuple[str, ...] | None = None,
    page_url: str = "",
) -> Document:
    """The message of the blocks of a stream, see `document`."""
    body = list(body)
    with translation.override(language):
        scene = _Scene(values, language, sender, _stored(body, values))
        blocks = tuple(_block(child, scene) for child in body if not _left_out(child, values))
        lines = (*(topic_lines_of(topic) if topic_lines is None else topic_lines), *_seen_by(sender))
    return Document(
        language=language,
        subject=merge.open_holes(merge.clean_line(subject)),
        preheader=merge.open_holes(merge.clean_line(preheader)),
        brand=brand,
        sender=_clean_sender(sender),
        blocks=blocks,
        base_url=settings.BASE_URL,
        topic_lines=tuple(merge.clean_line(line) for line in lines),
        can_refuse=topic.can_refuse,
        page_url=page_url,
    )


def with_files(page: Document, files: Iterable[tuple[int, str]]) -> Document:
    """The message with its files, as (number, what the link says): every reader's links are their own, see
    `merge.OUR_HOLES`.
    """
    links = tuple(Enclosed(f"{merge.hole('documents_url')}{number}/", merge.clean_line(text)) for number, text in files)
    with translation.override(page.language):
        return page.enclosing(links, heading=_("Documents"))


def topic_lines_of(topic: Topic) -> tuple[str, ...]:
    """Purpose and legal basis in the active language."""
    return purpose_lines(topic.name(translation.get_language() or "sv"), topic.legal_basis)


def purpose_lines(purpose: str, articles: str) -> tuple[str, ...]:
    """In the active language, for what and on what basis somebody is written to (GDPR art. 13(1)(c))."""
    return (
        pgettext("message", "Purpose: %(purpose)s") % {"purpose": purpose},
        pgettext("message", "Legal basis: GDPR art. %(articles)s") % {"articles": articles},
    )


def _seen_by(sender: Sender) -> tuple[str, ...]:
    """Who else learns that somebody got this (GDPR art. 13(1)(e)); nothing where no unit sends."""
    line = pgettext(
        "message",
        "Only the representatives of %(unit)s and above it, and the union's staff, can see that you got this; "
        "no other recipient can",
    )
    return (line % {"unit": sender.unit},) if sender.unit else ()


@dataclasses.dataclass(frozen=True, slots=True)
class _Scene:
    values: Mapping[str, Any]
    language: str
    sender: Sender
    stored: Mapping[str, Image]  # sha256 -> picture without alt text


def _stored(body: Iterable[Any], values: Mapping[str, Any]) -> dict[str, Image]:
    """Every picture the message can show: staff's own came with the blocks, chosen ones cost one query."""
    fields = [child.value[name] for child in body for name in child.block.fields]
    own = [field["picture"] for field in fields if field.get("picture")]
    chosen = {value["sha256"] for value in values.values() if isinstance(value, dict) and value.get("sha256")}
    wanted = {str(sha256) for sha256 in chosen} - {row.pk for row in own}
    return {row.pk: row.drawn() for row in own} | pictures.images(wanted)


def _left_out(child: Any, values: Mapping[str, Any]) -> bool:
    """Staff let the representative leave the block out, and that is what happened."""
    return child.block.is_optional(child.value) and values.get(f"{child.id}.shown") == "no"


def _block(child: Any, scene: _Scene) -> Block:
    block: MessageBlock = child.block
    drawn = {}
    for name, field in block.fields.items():
        value = field.default(child.value[name], scene.language)
        if child.value[name]["slot"]:
            value = scene.values.get(f"{child.id}.{name}", value)
        drawn[name] = _DRAWN[field.slot_type](value, scene, field.limit(child.value[name]))
    return Block(child.block_type, drawn, {key: str(word) for key, word in block.words.items()})


def _line(value: Any, scene: _Scene, limit: int) -> str:
    return merge.open_holes(merge.clean_line(value if isinstance(value, str) else "", limit=max(limit, 1)))


CLOCK_TIME = r"(?:[01]?\d|2[0-3])[.:][0-5]\d"
ENTRY = re.compile(rf"((?:kl\.? ?)?{CLOCK_TIME}(?: ?[–—-] ?{CLOCK_TIME})?)(?: ?[–—:-])? (\S.*)", re.I)
NUMBERED = re.compile(r"(\d{1,2})[.)] (\S.*)")
BULLET = re.compile(r"\A(?:[\s•·◦▪‣∙●○■□\uf0b7\uf0a7\uf0d8*–—-]+|o\t\s*)")  # the letter o is Word's second level


def _lines(value: Any, scene: _Scene, limit: int) -> tuple[Entry, ...]:
    """One entry a line, empty lines dropped; bullets that came with a paste too."""
    lines = (value if isinstance(value, str) else "")[:limit].splitlines()
    cleaned = (" ".join(merge.clean_line(BULLET.sub("", line, count=1)).split()) for line in lines if line)
    return tuple(_entry(line, scene) for line in cleaned if line)


def _entry(line: str, scene: _Scene) -> Entry:
    """The time, or the number, in front stands apart; times look as they do in the message's language."""
    if numbered := NUMBERED.fullmatch(line):
        return Entry(merge.open_holes(numbered[2]), f"{numbered[1]}.")
    if not (timed := ENTRY.fullmatch(line)):
        return Entry(merge.open_holes(line))
    clock = ":" if scene.language == "en" else "."
    hours = re.findall(CLOCK_TIME, timed[1])
    return Entry(merge.open_holes(timed[2]), "–".join(re.sub("[.:]", clock, hour) for hour in hours))


def _rich(value: Any, scene: _Scene, limit: int) -> RichText:
    clean = honest_links(clean_rich_text(value if isinstance(value, str) else ""))
    return RichText(merge.open_holes(clean))


def _parts(value: Any, *names: str) -> list[str]:
    value = value if isinstance(value, dict) else {}
    return [merge.clean_line(value.get(name) or "") for name in names]


def _moment(value: Any, scene: _Scene, limit: int) -> Moment | None:
    at = parse_moment(value)
    if at is None:
        return None
    weekday, _space, rest = date_format(at, CALENDAR.get(scene.language, "l j F Y")).partition(" ")
    clock = date_format(at, CLOCK.get(scene.language, "H.i"))
    time = pgettext("message", "at %(clock)s") % {"clock": clock}
    return Moment(
        iso=at.isoformat(timespec="minutes"),
        day=f"{weekday.capitalize()} {re.sub(NUMBER_OF_DAY, NBSP, rest)}",
        time=time.replace(" ", NBSP),
        clock=clock,
    )


def _place(value: Any, scene: _Scene, limit: int) -> Place | None:
    name, address, url = _parts(value, "name", "address", "url")
    if not name and not address:
        return None
    own = "" if any(lookalikes.disagreement(said, url) for said in (name, address)) else _plain_url(url)
    on_map = f"{MAP}{quote_plus(f'{name}, {address}')}" if address and not own else ""
    return Place(merge.open_holes(name), merge.open_holes(address), own or on_map, online=bool(own and not address))


def _person(value: Any, scene: _Scene, limit: int) -> Sender:
    name, role, phone, email = _parts(value, "name", "role", "phone", "email")
    if not name:
        return _clean_sender(scene.sender)
    return _clean_sender(Sender(name=name, role=role, phone=phone, email=email))


def _clean_sender(sender: Sender) -> Sender:
    clean = {key: merge.clean_line(value) for key, value in dataclasses.asdict(sender).items()}
    clean["email"] = clean["email"] if safe_url(f"mailto:{clean['email']}") else ""
    clean["phone"] = clean["phone"] if safe_url(Sender(name="", phone=clean["phone"]).tel) else ""
    return Sender(**clean)


def _image(value: Any, scene: _Scene, limit: int) -> Image | None:
    sha256, alt = _parts(value, "sha256", "alt")
    stored = scene.stored.get(sha256)
    return dataclasses.replace(stored, alt=merge.clean_line(alt, limit=limit) or _("Picture")) if stored else None


def _link(value: Any, scene: _Scene, limit: int) -> Link | None:
    url, text = _parts(value, "url", "text")
    url = _plain_url(url)
    said = text if text and not lookalikes.disagreement(text, url) else url
    return Link(url, merge.open_holes(merge.clean_line(said, limit=limit))) if url else None


def _plain_url(url: str) -> str:
    """The address if a reader may follow it, its host told apart from any it looks like, else the empty string."""
    return lookalikes.plain_address(safe_url(url))


_DRAWN = {
    "short_text": _line, "choice": _line, "rich_text": _rich, "date_time": _moment, "place": _place,
    "person": _person, "image": _image, "link": _link, "lines": _lines,
}  # fmt: skip
