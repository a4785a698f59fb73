"""Mailings that need no composer: rows as `composing.freeze` and `audience.snapshot` leave them."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from comms.people.models import Mandate, Member, Placement
from mailings import dispatch
from mailings.models import Batch, Mailing, Recipient, Rendition
from templates_lib.models import InvitationTemplate
from templates_lib.render.merge import hole
from tests.factories import TODAY, make_member, make_topic

LINKS = f"Webb: {hole('web_url')}\nNej tack: {hole('unsubscribe_url')}\n"
TEXT = f"Hej {hole('first_name')}!\n\nKom på möte.\n.punkt\n\n{LINKS}"
HTML = (
    '<!doctype html><html lang="sv"><head><title>Möte</title></head><body>'
    f"<p>Hej {hole('first_name')}!</p>\n<p>Kom på möte.</p>\n"
    f'<p><a href="{hole("web_url")}">Webb</a> <a href="{hole("unsubscribe_url")}">Nej tack</a></p></body></html>\n'
)
PDF = b"%PDF-1.7 not a real one"


@transaction.atomic
def make_mailing(
    mandate: Mandate, *, to: int | Sequence[str] = 0, state: str = "sending", category: str = "information",
    batch_size: int = 0, vkey: float = 0.0, **fields: object,
) -> Mailing:  # fmt: skip
    """A confirmed mailing to so many members, or to these addresses, with its batches ready (held in `hold`)."""
    now = timezone.now()
    topic = make_topic(category, category=category)
    template = InvitationTemplate.objects.create(name="Möte", topic=topic, body=[])
    draft = state == "draft"
    fields.setdefault("due_at", None if draft else now)
    mailing = Mailing.unscoped.create(
        mandate=mandate, unit=mandate.unit, author=mandate.user, template=template, revision=template.save_revision(),
        topic=topic, language="sv", subject="Möte", state=state,
        confirmed_at=None if draft else now, confirmed_by=None if draft else mandate.user, **fields,
    )  # fmt: skip
    if not draft:
        make_rendition(mailing)
    people = make_members(mandate, to)
    if people and not draft:
        lock(mailing, people, batch_size or settings.MAILING_BATCH_SIZE, vkey)
    return mailing


def make_rendition(mailing: Mailing, *, language: str = "sv") -> Rendition:
    return Rendition.objects.create(
        mailing=mailing, language=language, subject="Kallelse till årsmöte", html=HTML, text=TEXT, pdf=PDF,
        pdf_name="Årsmöte.pdf", sha256=f"{mailing.pk:064d}",
    )  # fmt: skip


def make_members(mandate: Mandate, to: int | Sequence[str]) -> list[Member]:
    if not isinstance(to, int):
        return [make_member(email=address, placed=[mandate.unit]) for address in to]
    start = Member.unscoped.count()
    members = [
        Member(number=f"P{start + n}", first_name=f"Åsa{n}", last_name="Lind", email=f"p{start + n}@example.com")
        for n in range(to)
    ]
    Member.unscoped.bulk_create(members)
    Placement.objects.bulk_create(Placement(member=m, unit=mandate.unit, start=TODAY()) for m in members)
    return members


def lock(mailing: Mailing, people: list[Member], size: int, vkey: float = 0.0) -> None:
    Recipient.unscoped.bulk_create(
        Recipient(
            mailing=mailing, member=person, batch_n=n // size, language=person.language, address=person.email,
            first_name=person.first_name, last_name=person.last_name,
        )
        for n, person in enumerate(people)
    )  # fmt: skip
    state = "ready" if mailing.state == "sending" else "held"
    Batch.objects.bulk_create(
        Batch(mailing=mailing, n=n, size=min(size, len(people) - n * size), state=state, vkey=vkey + n * size)
        for n in range(-(-len(people) // size))
    )
    Mailing.unscoped.filter(pk=mailing.pk).update(locked_count=len(people))
    mailing.locked_count = len(people)


def states(mailing: Mailing) -> dict[str, int]:
    return Recipient.unscoped.for_mailing(mailing).by_state()


def reasons(mailing: Mailing) -> dict[str, str]:
    """The address of each recipient and what became of it, as "state reason"."""
    rows = Recipient.unscoped.for_mailing(mailing).values_list("address", "state", "reason")
    return {address: f"{state} {reason}".strip() for address, state, reason in rows}


def send_everything() -> None:
    while dispatch.send_for(seconds=5):
        pass
