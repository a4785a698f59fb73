"""From a recipient row to a mail ready for the wire. Reads the database once per batch, never per recipient."""

from __future__ import annotations

import datetime
import email.utils
import re
import uuid
from functools import lru_cache
from typing import NamedTuple, Protocol

from django.conf import settings

from comms.people.addresses import split_wire
from comms.people.models import Unit, User
from comms.privacy import unsubscribe
from mailings import discretion, links, skeleton
from mailings.facts import return_path
from mailings.models import Mailing, Rendition
from mailings.transports.base import Mail
from mailings.wire import HeaderRefused
from templates_lib import brands
from templates_lib.render import merge

INERT = "#"  # in place of a personal link
_WIRE = re.compile(r"[^\s<>()\[\]\\,;:\"@\x00-\x1f\x7f]+@[A-Za-z0-9.-]+\Z")


class Row(NamedTuple):
    """A recipient as the sending loop reads it; the fields are `values_list` names."""

    id: int
    public_id: uuid.UUID
    member_id: int | None
    language: str
    address: str
    first_name: str
    last_name: str
    attempt: int
    deferred_at: datetime.datetime | None
    reason: str
    next_at: datetime.datetime | None
    member__public_id: uuid.UUID | None


def letterhead(mailing: Mailing, *, discreet: bool = False) -> skeleton.Letterhead:
    """From "Name, Union" at the union's own domain; the answer goes to the mandate's mailbox (rulings, "People").

    What stands for the union is the unit's brand's to say. `discreet`, or in a neutral mailing, the name stands alone
    and the topic is not named.
    """
    discreet = discreet or discretion.is_neutral(mailing)
    mandate = mailing.mandate
    behind = (
        _kept(mailing.public_id, mailing.confirmed_at, mailing.unit) if mailing.confirmed_at else _behind(mailing.unit)
    )
    local, domain, utf8 = split_wire(mandate.reply_to)
    return skeleton.Letterhead(
        from_name=discretion.from_name(mailing)
        if discreet
        else merge.clean_line(f"{mandate.user.get_full_name() or mailing.unit.name}, {behind}"),
        from_address=settings.MAILING_FROM_ADDRESS,
        reply_to=settings.MAILING_FROM_ADDRESS if utf8 else f"{local}@{domain}",
        list_id=f"{'messages' if discreet else mailing.topic.slug}.{settings.MAIL_DOMAIN}",
    )


def _behind(unit: Unit) -> str:
    return brands.brand_for(unit).sender_name or settings.UNION_NAME


@lru_cache(maxsize=16)  # per worker: every batch of one confirmed mailing carries the same name
def _kept(_mailing: uuid.UUID, _confirmed_at: datetime.datetime, unit: Unit) -> str:
    return _behind(unit)


def wire_address(address: str) -> tuple[str, bool]:
    """The address as SMTP wants it and whether that needs SMTPUTF8. Raises `HeaderRefused` for what is no address."""
    try:
        local, domain, utf8 = split_wire(address)
    except ValueError as error:
        raise HeaderRefused("not an address") from error
    if not _WIRE.match(to := f"{local}@{domain}"):
        raise HeaderRefused("not an address")
    return to, utf8


class Named(Protocol):
    """Whoever gets a message: a recipient's row, a member, or an invented one."""

    @property
    def first_name(self) -> str: ...
    @property
    def last_name(self) -> str: ...


class Addressed(Named, Protocol):
    @property
    def email(self) -> str: ...


def fields_of(person: Named, mailing: Mailing, *, unsubscribe: str, web: str, documents: str) -> dict[str, str]:
    """What the holes of a message are filled with for one person."""
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "full_name": f"{person.first_name} {person.last_name}".strip(),
        "unit": mailing.unit.name,
        "unsubscribe_url": unsubscribe,
        "web_url": web,
        "documents_url": documents,
    }


class Stationery:
    """Everything a mailing's messages have in common. `mailing` comes with mandate, its user, unit and topic."""

    def __init__(self, mailing: Mailing) -> None:
        self.mailing = mailing
        self.letterhead, self.discreet = letterhead(mailing), letterhead(mailing, discreet=True)
        self.folder = mailing.public_id.hex
        renditions = mailing.renditions.values_list("language", "id", "sha256")
        self.renditions = {language: (pk, sha256) for language, pk, sha256 in renditions}
        self.can_refuse = mailing.topic.can_refuse
        self.has_documents = mailing.enclosures.exists()

    def skeleton(self, language: str, *, apart: bool = False) -> skeleton.Skeleton:
        """In the recipient's language where the mailing has it; `apart` for those with a neutral subject, where the
        rest have another. Raises `RenderRefused`, `HeaderRefused`.
        """
        pk, sha256 = self.renditions.get(language) or self.renditions[self.mailing.language]
        apart = apart and _sets_apart(pk, self.mailing.public_id, sha256)
        head = self.discreet if apart else self.letterhead
        return _compiled(pk, self.mailing.public_id, sha256, self.mailing.attach_pdf, head, apart)

    def mail(self, row: Row, *, date: datetime.datetime, apart: bool = False) -> Mail:
        """The row's message at its present attempt. Raises `HeaderRefused` for an address that is none."""
        to, utf8 = wire_address(row.address)
        member = row.member__public_id
        choose = unsubscribe.link(member, self.mailing.topic_id) if member else ""
        documents = links.documents_url(row.public_id) if self.has_documents else ""
        web = links.web_url(row.public_id)
        values = fields_of(row, self.mailing, unsubscribe=choose, web=web, documents=documents)
        content = self.skeleton(row.language, apart=apart).message(
            to=to,
            date=mail_date(date),
            message_id=f"<{row.public_id.hex}.{row.attempt}@{self.mailing.mail_domain}>",
            values=values,
            unsubscribe=choose if self.can_refuse else "",
        )
        sender = return_path.address(row.public_id)
        return Mail(row.id, self.folder, row.public_id.hex, sender, to, utf8, content)


@lru_cache(maxsize=8)  # the same for a whole window
def mail_date(at: datetime.datetime) -> str:
    return email.utils.format_datetime(at.astimezone(datetime.UTC))


@lru_cache(maxsize=16)
def _sets_apart(rendition: int, _mailing: uuid.UUID, _sha256: str) -> bool:
    """Whether some get this language with another subject than the rest; asked only for somebody who might."""
    return Rendition.objects.filter(pk=rendition, prints__has_key=discretion.SUBJECT).exists()


@lru_cache(maxsize=16)
def _compiled(
    rendition: int, _mailing: uuid.UUID, _sha256: str, attach_pdf: bool, letterhead: skeleton.Letterhead, apart: bool
) -> skeleton.Skeleton:
    """Per worker. The mailing's id and the digest are part of the key because row ids may be used again."""
    stored = Rendition.objects.get(pk=rendition)
    face = discretion.Apart(stored) if apart else stored
    return skeleton.compile_message(face, letterhead, pdf=bytes(stored.pdf) if attach_pdf else b"")


def mail_to_author(mailing: Mailing, face: skeleton.Face, user: User, *, pdf: bytes, date: datetime.datetime) -> Mail:
    """The same message addressed to its author, links leading home. Raises like `Stationery.mail`."""
    to, utf8 = wire_address(user.email)
    number = uuid.uuid4()
    home = f"{settings.BASE_URL}/"
    names = {"first_name": user.first_name, "last_name": user.last_name, "full_name": user.get_full_name()}
    content = skeleton.compile_message(face, letterhead(mailing), pdf=pdf).message(
        to=to,
        date=mail_date(date),
        message_id=f"<test.{number.hex}@{settings.MAIL_DOMAIN}>",
        values={
            **names,
            "unit": mailing.unit.name,
            "unsubscribe_url": home,
            "web_url": home,
            "documents_url": links.own_documents_url(mailing),
        },
    )
    sender = f"bounces+test.{number.hex}@{settings.BOUNCE_DOMAIN}"
    return Mail(0, mailing.public_id.hex, f"test-{number.hex}", sender, to, utf8, content)


def content_for(
    mailing: Mailing, face: skeleton.Face, member: Addressed, *, date: datetime.datetime, discreet: bool = False
) -> bytes:
    """The message of a draft as this member will get it, the three personal links inert: whoever looks at it must not
    be able to refuse in the member's name. Raises like `Stationery.mail`.
    """
    to, _utf8 = wire_address(member.email)
    return skeleton.compile_message(face, letterhead(mailing, discreet=discreet)).message(
        to=to,
        date=mail_date(date),
        message_id=f"<preview@{settings.MAIL_DOMAIN}>",
        values=fields_of(member, mailing, unsubscribe=INERT, web=INERT, documents=INERT),
    )
