"""What a draft looks like: `freeze` renders once what preview, mail, web copy and archive all show."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db import transaction
from django.utils import timezone, translation

from comms.people.models import Mandate, User
from comms.people.scope import Scope
from mailings import audience, coverage, discretion, enclosures, insertions, links, preflight, readiness, timing
from mailings.drafts import Conflict, NotADraft, get_back, new_draft, save, take_over
from mailings.models import Mailing, Rendition
from mailings.practice import people
from mailings.preflight import Problem
from mailings.tongues import Tongue, tongues
from templates_lib import brands, build, outputs, pdf_worker, pictures, slots
from templates_lib.models import InvitationTemplate, Picture
from templates_lib.render import calendar, mjml, text
from templates_lib.render import html as print_faces
from templates_lib.render.document import Document, RenderRefused, Sender

__all__ = [
    "Conflict",
    "NotADraft",
    "get_back",
    "new_draft",
    "save",
    "take_over",
]  # the pages know drafts by this one name

PDF_KEPT_SECONDS = 900  # a previewed PDF is not made again at once


@dataclass(frozen=True, slots=True)
class Rendered:
    """One language of a mailing. Member fields are holes in `subject`, `html` and `text`; `pictures` are sha256."""

    language: str
    subject: str
    html: str
    text: str
    pdf: bytes
    pdf_name: str
    prints: dict[str, str]  # the other outputs, see templates_lib.outputs
    pictures: tuple[str, ...]
    sha256: str


# --- what the draft looks like ------------------------------------------------------------------------------------
def design_of(mailing: Mailing) -> InvitationTemplate:
    """The template as it was when the draft began."""
    return mailing.revision.as_object()


def slots_of(mailing: Mailing) -> list[slots.Slot]:
    return design_of(mailing).slots(mailing.language)


def suggestions(mailing: Mailing) -> dict[str, Any]:
    """Slot key -> what staff wrote there in the draft's language."""
    return design_of(mailing).defaults(mailing.language)


def sender_of(mandate: Mandate, *, language: str) -> Sender:
    """The contact card: who writes, on whose behalf, and where an answer lands."""
    with translation.override(language):
        role = str(mandate.get_role_display())
    user = mandate.user
    return Sender(
        name=user.get_full_name() or mandate.unit.name,
        role=role,
        unit=mandate.unit.name,
        email=mandate.reply_to,
        phone=user.phone,
    )


def document(mailing: Mailing, *, language: str) -> Document:
    """The draft as the print shop's pure document, in the language its readers get (see `coverage.best`)."""
    design = design_of(mailing)
    version = coverage.best(mailing, design, language)
    page = build.document(
        design,
        version.values,
        language=version.language,
        brand=brands.brand_for(mailing.unit),
        sender=sender_of(mailing.mandate, language=version.language),
        subject=version.subject,
        preheader=version.preheader,
        topic_lines=_purpose(mailing, version.language),
        page_url=links.page_url(mailing),
    )
    return enclosures.put_into(page, mailing)


def _purpose(mailing: Mailing, language: str) -> tuple[str, ...] | None:
    """For what and on what basis it is sent, as it was when it was confirmed; None while the topic still decides."""
    if not mailing.legal_basis:
        return None
    with translation.override(language):
        return build.purpose_lines(mailing.purpose_in(language), mailing.legal_basis)


def mail(mailing: Mailing, *, language: str) -> str:
    """The HTML of the mail, member fields as holes. Raises `RenderRefused`."""
    return mjml.mail_html(discretion.outside(document(mailing, language=language), mailing))


def render(mailing: Mailing, *, language: str, with_pdf: bool = True, discreet: bool = False) -> Rendered:
    """Every face of the mailing as readers of `language` get it. The same draft always gives the same bytes.

    `with_pdf=False` leaves out the one that takes seconds; `discreet`: as at an employer's address. Raises `PdfFailed`
    and `RenderRefused`.
    """
    page = document(mailing, language=language)
    outside = discretion.outside(page, mailing, discreet=discreet)
    html, plain, name = mjml.mail_html(outside), text.plain_text(page), pdf_name(outside.subject)
    pdf = pdf_of(page) if with_pdf else b""
    prints = outputs.prints(page)
    facts = json.dumps([page.language, outside.subject, html, plain, name, prints], ensure_ascii=False).encode()
    return Rendered(
        language=page.language,
        subject=outside.subject,
        html=html,
        text=plain,
        pdf=pdf,
        pdf_name=name,
        prints=prints,
        pictures=tuple(sorted(page.pictures.keys() | outputs.pictures_of(prints))),
        sha256=hashlib.sha256(facts + pdf).hexdigest(),
    )


def pdf_of(page: Document) -> bytes:
    """The PDF of a document, remembered for a while by the hash of its source. Raises `PdfFailed`."""
    source = print_faces.print_html(page)
    key = "pdf:" + hashlib.sha256(source.encode()).hexdigest()
    made = caches["memory"].get(key)
    if made is None:
        made = pdf_worker.make_pdf(source, pictures.contents(page.pictures))
        caches["memory"].set(key, made, PDF_KEPT_SECONDS)
    return made


def draw_ahead(mailing: Mailing, *, now: datetime.datetime) -> None:
    """Make the PDFs that `freeze` will ask for, so that its transaction is short. Raises `PdfFailed`."""
    for language in {mailing.language, *languages(mailing, now=now)}:
        pdf_of(document(mailing, language=language))


def pdf_name(subject: str) -> str:
    """A file name people recognise: "Årsmöte 2027.pdf"."""
    words = re.sub(r"\[\[.*?\]\]|[^\w\s.,–-]", " ", subject)
    return (" ".join(words.split())[:80].strip(" .") or "invitation") + ".pdf"


def freeze(mailing: Mailing, *, languages: Iterable[str]) -> None:
    """Store the bytes that will be sent, one rendition per language that is complete, and publish their pictures.

    The draft's own language is always among them: it stands in for one that is not complete, or that nobody asked
    for. Repeatable: what an earlier confirmation left is replaced. Raises `PdfFailed`.
    """
    design = design_of(mailing)
    complete = {coverage.best(mailing, design, language).language for language in languages}
    made = [_final(mailing, language) for language in sorted({mailing.language, *complete})]
    with transaction.atomic():
        mailing.renditions.all().delete()
        enclosures.settle(mailing)
        for one in made:
            rendition = Rendition.objects.create(
                mailing=mailing,
                **{
                    name: getattr(one, name)
                    for name in ("language", "subject", "html", "text", "pdf", "pdf_name", "prints", "sha256")
                },
            )
            rendition.pictures.set(Picture.objects.filter(pk__in=one.pictures))
        Picture.objects.filter(sha256__in={sha for one in made for sha in one.pictures}).update(published=True)


def _final(mailing: Mailing, language: str) -> Rendered:
    """One language as it is stored, with the neutral mail for those who get it apart from the rest."""
    one = render(mailing, language=language)
    if not discretion.goes_apart(mailing):
        return one
    apart = render(mailing, language=language, with_pdf=False, discreet=True)
    return replace(one, prints={**one.prints, **discretion.kept(apart)})


def begins_at(mailing: Mailing) -> datetime.datetime | None:
    """When the event it invites to begins, None where it names no time."""
    return calendar.starts_at(document(mailing, language=mailing.language), zone=settings.TIME_ZONE)


def first_time(mailing: Mailing) -> timing.Named | None:
    """The first of the times it names, after which it would come too late: the event, or the day for an answer."""
    asked = preflight.asked(slots_of(mailing), mailing.values)
    named = [(str(slot.label), time) for slot, time in preflight.times(asked, mailing.values)]
    return min(named, key=lambda one: one[1], default=None)


# --- before sending -----------------------------------------------------------------------------------------------
def scope_of(mailing: Mailing, *, now: datetime.datetime) -> Scope:
    """What the mailing's own mandate covers today; empty when it has ended, and for practice, which reaches nobody."""
    mandates = mandate_scope(mailing, now=now)
    return Scope(on=mandates.on, mandates=(), paths=()) if mailing.practice else mandates


def mandate_scope(mailing: Mailing, *, now: datetime.datetime) -> Scope:
    """What the mandate it is written under covers today; empty when it has ended."""
    return Scope.of_mandate(mailing.mandate, on=timezone.localtime(now).date())


def reach(mailing: Mailing, *, now: datetime.datetime, fresh: bool = False) -> audience.Ledger:
    """Whom the draft would reach if it were sent now, and whom not and why; `fresh` as for `audience.ledger`."""
    if mailing.practice:
        return people.ledger(mailing)
    chosen = audience.Filter.of(mailing)
    return audience.ledger(scope=scope_of(mailing, now=now), topic=mailing.topic, filter=chosen, fresh=fresh)


def at_work(mailing: Mailing, *, now: datetime.datetime, ledger: audience.Ledger) -> int:
    """How many get the draft at an employer's address, or would if they were not left out for it."""
    chosen = replace(audience.Filter.of(mailing), spare_work=False)
    return audience.count_at_work(
        scope=scope_of(mailing, now=now), topic=mailing.topic, filter=chosen, is_large=ledger.total > audience.EXACT
    )


def tongues_of(mailing: Mailing, ledger: audience.Ledger) -> list[Tongue]:
    """How far the mailing is in every language, and for how many; the sender's own first."""
    return tongues(mailing, design_of(mailing), ledger.readers)


def languages(mailing: Mailing, *, now: datetime.datetime, fresh: bool = False) -> list[str]:
    """The languages it would be sent in now, sorted: those of its readers in which it is complete, else its own."""
    design, readers = design_of(mailing), reach(mailing, now=now, fresh=fresh).readers
    return sorted({coverage.best(mailing, design, code).language for code in readers})


def check(
    mailing: Mailing, *, now: datetime.datetime, by: User | None = None, ledger: audience.Ledger | None = None,
    at_work: int = 0,
) -> list[Problem]:  # fmt: skip
    """Everything that should be looked at before sending, blocking problems first; `at_work` as counted above."""
    mandates, brand = mandate_scope(mailing, now=now), brands.brand_for(mailing.unit)
    ledger = ledger or reach(mailing, now=now)
    spoken = [tongue for tongue in tongues_of(mailing, ledger) if tongue.readers and not tongue.is_own]
    return preflight.problems(
        preflight.Facts(
            slots=slots_of(mailing),
            values=mailing.values,
            subject=mailing.subject,
            preheader=mailing.preheader,
            language=mailing.language,
            family=brand.typeface,
            sender=f"{mailing.mandate.user.get_full_name()}, {brand.sender_name}",
            tongues=spoken,
            changed=insertions.changes(mailing, mandates),
            now=timezone.localtime(now).replace(tzinfo=None),
            reach=ledger.mail,
            at_work=0 if discretion.spares_work(mailing) else at_work,
            can_refuse=mailing.topic.can_refuse,
            consumers=_consumers(mailing, now=now),
            consumer_limit=settings.MAILING_CONSUMER_LIMIT,
            may_send=bool(mandates) and mailing.mandate.may_send,
            own=by is None or by.pk == mailing.mandate.user_id,
            size=_size(mailing, {mailing.language, *(one.language for one in spoken if one.is_complete)}),
        )
    )


def _consumers(mailing: Mailing, *, now: datetime.datetime) -> int:
    """Recipients at the large providers, who refuse mail from a domain that is not ready; 0 while it is."""
    if not readiness.is_red():
        return 0
    chosen = audience.Filter.of(mailing)
    reached = audience.members(scope=scope_of(mailing, now=now), topic=mailing.topic, filter=chosen, reason="")
    return reached.order_by().filter(readiness.consumers()).count()


def _size(mailing: Mailing, languages: Iterable[str]) -> int | None:
    """Bytes of the HTML in the language where it is largest, None when one of them cannot be drawn."""
    try:
        return max(_weight(mailing, language) for language in languages)
    except RenderRefused:
        return None


def _weight(mailing: Mailing, language: str) -> int:
    """The same page is drawn for its size once: the check is opened again and again. Raises `RenderRefused`."""
    page = discretion.outside(document(mailing, language=language), mailing)
    key = "weight:" + hashlib.sha256(repr(page).encode()).hexdigest()
    known: int | None = caches["memory"].get(key)
    if known is None:
        known = len(mjml.mail_html(page).encode())
        caches["memory"].set(key, known, PDF_KEPT_SECONDS)
    return known
