"""Drafts: slot values <-> template; `freeze` renders once what preview, mail, web copy and archive all show."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from comms.people.models import Mandate, User
from comms.people.scope import Scope
from mailings import audience, preflight
from mailings.models import Mailing, MailingState, Rendition
from mailings.preflight import Problem
from templates_lib import brands, build, pdf_worker, pictures, slots
from templates_lib.models import InvitationTemplate, Picture
from templates_lib.render import html as print_faces
from templates_lib.render import mjml, text
from templates_lib.render.document import Document, RenderRefused, Sender
from templates_lib.render.merge import clean_line

PDF_KEPT_SECONDS = 900  # a previewed PDF is not made again at once


class Conflict(Exception):
    """Somebody saved in between. `stored` is their draft, `changes` what was to be saved: both are kept."""

    def __init__(self, stored: Mailing, changes: Mapping[str, Any]) -> None:
        super().__init__(_("The invitation has changed since you looked. Look once more."))
        self.stored = stored
        self.changes = changes


class NotADraft(Exception):
    """It has been confirmed, so its text no longer changes."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One language of a mailing. Member fields are holes in `subject`, `html` and `text`; `pictures` are sha256."""

    language: str
    subject: str
    html: str
    text: str
    pdf: bytes
    pdf_name: str
    pictures: tuple[str, ...]
    sha256: str


# --- drafts ---------------------------------------------------------------------------------------------------------
def new_draft(*, template: InvitationTemplate, mandate: Mandate, by: User, now: datetime.datetime) -> Mailing:
    """A draft on the template's published revision: later edits of the template never change it."""
    revision = template.live_revision or template.latest_revision
    design = revision.as_object()
    return Mailing.unscoped.create(
        mandate=mandate,
        unit=mandate.unit,
        author=by,
        template=template,
        revision=revision,
        topic=design.topic,
        language=by.language,
        subject=clean_line(design.subject.get(by.language, "")),
        values=design.defaults(by.language),
    )


SAVED = frozenset({"subject", "preheader", "values", "audience", "attach_pdf", "language"})


def save(*, mailing: Mailing, version: int, changes: Mapping[str, Any], by: User, now: datetime.datetime) -> Mailing:
    """The draft with `changes` (any of `SAVED`; `values` are merged slot by slot) and one version more.

    Saving what is stored already changes nothing, so a repeated request is harmless. Raises `Conflict` when
    `version` is no longer the stored one, `NotADraft` when it has been confirmed.
    """
    stored = Mailing.unscoped.get(pk=mailing.pk)
    if not stored.is_draft:
        raise NotADraft
    fields = _cleaned(changes, stored)
    if all(getattr(stored, name) == value for name, value in fields.items()):
        return stored
    hit = Mailing.unscoped.filter(pk=stored.pk, version=version, state=MailingState.DRAFT).update(
        **fields, version=F("version") + 1, changed_at=now
    )
    if not hit:
        raise Conflict(Mailing.unscoped.get(pk=mailing.pk), changes)
    return Mailing.unscoped.get(pk=mailing.pk)


def _cleaned(changes: Mapping[str, Any], stored: Mailing) -> dict[str, Any]:
    unknown = changes.keys() - SAVED
    if unknown:
        raise ValueError(f"not saved in a draft: {sorted(unknown)}")
    fields = dict(changes)
    for name in ("subject", "preheader"):
        if name in fields:
            fields[name] = clean_line(fields[name])
    if "values" in fields:
        fields["values"] = {**stored.values, **fields["values"]}
    return fields


def take_over(*, mailing: Mailing, mandate: Mandate, by: User, now: datetime.datetime) -> None:
    """The draft goes on under the mandate of `by` at the same unit: a deputy or a successor sends in their own name."""
    if mandate.user_id != by.pk or mandate.unit_id != mailing.unit_id:
        raise ValueError("a draft stays with its unit")
    hit = Mailing.unscoped.filter(pk=mailing.pk, state=MailingState.DRAFT).update(
        mandate=mandate, author=by, version=F("version") + 1, changed_at=now
    )
    if not hit:
        raise NotADraft


# --- what the draft looks like ------------------------------------------------------------------------------------
def design_of(mailing: Mailing) -> InvitationTemplate:
    """The template as it was when the draft began."""
    return mailing.revision.as_object()


def slots_of(mailing: Mailing) -> list[slots.Slot]:
    return design_of(mailing).slots(mailing.language)


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
    """The draft as the print shop's pure document, labels in `language`.

    Where the sender left what staff suggested, the staff's own words in that language are used.
    """
    design = design_of(mailing)
    suggested = design.defaults(mailing.language)
    subject = mailing.subject
    if subject == clean_line(design.subject.get(mailing.language, "")):
        subject = design.subject.get(language) or subject
    return build.document(
        design,
        {key: value for key, value in mailing.values.items() if value != suggested.get(key)},
        language=language,
        brand=brands.brand_for(mailing.unit),
        sender=sender_of(mailing.mandate, language=language),
        subject=subject,
        preheader=mailing.preheader,
    )


def mail(mailing: Mailing, *, language: str) -> str:
    """The HTML of the mail, member fields as holes. Raises `RenderRefused`."""
    return mjml.mail_html(document(mailing, language=language))


def render(mailing: Mailing, *, language: str) -> Rendered:
    """Every face of the mailing in one language. The same draft always gives the same bytes.

    Raises `PdfFailed` and `RenderRefused`.
    """
    page = document(mailing, language=language)
    html, plain, pdf, name = mjml.mail_html(page), text.plain_text(page), pdf_of(page), pdf_name(mailing.subject)
    facts = json.dumps([language, page.subject, html, plain, name], ensure_ascii=False).encode()
    return Rendered(
        language=language,
        subject=page.subject,
        html=html,
        text=plain,
        pdf=pdf,
        pdf_name=name,
        pictures=tuple(sorted(page.pictures)),
        sha256=hashlib.sha256(facts + pdf).hexdigest(),
    )


def pdf_of(page: Document) -> bytes:
    """The PDF of a document, remembered for a while by the hash of its source. Raises `PdfFailed`."""
    source = print_faces.print_html(page)
    key = "pdf:" + hashlib.sha256(source.encode()).hexdigest()
    made = cache.get(key)
    if made is None:
        made = pdf_worker.make_pdf(source, pictures.contents(page.pictures))
        cache.set(key, made, PDF_KEPT_SECONDS)
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
    """Store the bytes that will be sent, one rendition per language, and publish the pictures they show.

    The draft's own language is always among them: it stands in for one nobody asked for. Repeatable: what an
    earlier confirmation left is replaced. Raises `PdfFailed`.
    """
    made = [render(mailing, language=language) for language in sorted({mailing.language, *languages})]
    with transaction.atomic():
        mailing.renditions.all().delete()
        for one in made:
            rendition = Rendition.objects.create(
                mailing=mailing,
                **{
                    name: getattr(one, name)
                    for name in ("language", "subject", "html", "text", "pdf", "pdf_name", "sha256")
                },
            )
            rendition.pictures.set(Picture.objects.filter(pk__in=one.pictures))
        Picture.objects.filter(sha256__in={sha for one in made for sha in one.pictures}).update(published=True)


# --- before sending -----------------------------------------------------------------------------------------------
def scope_of(mailing: Mailing, *, now: datetime.datetime) -> Scope:
    """What the mailing's own mandate covers today; empty when it has ended."""
    return Scope.of_mandate(mailing.mandate, on=timezone.localtime(now).date())


def reach(mailing: Mailing, *, now: datetime.datetime) -> audience.Ledger:
    """Whom the draft would reach if it were sent now, and whom not and why."""
    chosen = audience.Filter.from_json(mailing.audience)
    return audience.ledger(scope=scope_of(mailing, now=now), topic=mailing.topic, filter=chosen)


def languages(mailing: Mailing, *, now: datetime.datetime) -> list[str]:
    """The languages of those it would reach if it were sent now, sorted."""
    chosen = audience.Filter.from_json(mailing.audience)
    reached = audience.members(scope=scope_of(mailing, now=now), topic=mailing.topic, filter=chosen, reason="")
    return sorted(reached.order_by().values_list("language", flat=True).distinct())


def check(
    mailing: Mailing, *, now: datetime.datetime, by: User | None = None, ledger: audience.Ledger | None = None
) -> list[Problem]:
    """Everything that should be looked at before sending, blocking problems first."""
    scope = scope_of(mailing, now=now)
    ledger = ledger or reach(mailing, now=now)
    return preflight.problems(
        preflight.Facts(
            slots=slots_of(mailing),
            values=mailing.values,
            subject=mailing.subject,
            language=mailing.language,
            now=timezone.localtime(now).replace(tzinfo=None),
            reach=ledger.mail,
            may_send=bool(scope) and mailing.mandate.may_send,
            own=by is None or by.pk == mailing.mandate.user_id,
            size=_size(mailing),
        )
    )


def _size(mailing: Mailing) -> int | None:
    """Bytes of HTML, None when the message cannot be drawn."""
    try:
        return len(mail(mailing, language=mailing.language).encode())
    except RenderRefused:
        return None
