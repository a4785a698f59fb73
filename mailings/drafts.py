"""Drafts are begun, saved and handed on: every change asks for the version it was made on."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from comms.people.models import LANGUAGES, Mandate, User
from mailings import history, insertions
from mailings.models import DraftVersion, Mailing, MailingState
from templates_lib.models import InvitationTemplate
from templates_lib.render.merge import clean_line


class Conflict(Exception):
    """Somebody saved in between. `stored` is their draft, `fields` what was to be stored: both are kept."""

    def __init__(self, stored: Mailing, fields: Mapping[str, Any]) -> None:
        super().__init__(_("The invitation has changed since you looked. Look once more."))
        self.stored = stored
        self.fields = fields


class NotADraft(Exception):
    """It has been confirmed, so its text no longer changes."""


def new_draft(
    *, template: InvitationTemplate, mandate: Mandate, by: User, now: datetime.datetime, practice: bool = False
) -> Mailing:
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
        practice=practice,
    )


def copy_draft(*, mailing: Mailing, mandate: Mandate, by: User, **changes: Any) -> Mailing:
    """A new draft with the text of an earlier mailing of the same unit, on the same version of the template, and linked
    to the same passages of the library.

    If staff have published a newer one since, the page says so as for any draft.
    """
    if mandate.unit_id != mailing.unit_id:
        raise ValueError("a draft stays with its unit")
    kept = (
        "template", "revision", "topic", "language", "subject", "preheader", "values", "translations", "attach_pdf",
        "neutral", "work_mail",
    )  # fmt: skip
    fields = {**{name: getattr(mailing, name) for name in kept}, **changes}
    fields["subject"] = clean_line(fields["subject"])
    with transaction.atomic():
        draft = Mailing.unscoped.create(mandate=mandate, unit=mandate.unit, author=by, **fields)
        insertions.copy(mailing, into=draft)
    return draft


WORDS = frozenset({"subject", "preheader", "values"})
SAVED = WORDS | {"audience", "attach_pdf", "language", "neutral", "work_mail"}


def save(
    *, mailing: Mailing, version: int, changes: Mapping[str, Any], by: User, now: datetime.datetime,
    language: str = "", apart: bool = False,
) -> Mailing:  # fmt: skip
    """The draft with `changes` (any of `SAVED`; `values` are merged slot by slot) and one version more.

    In another `language` than the sender's, the `WORDS` are a translation: texts by key, "" for none.
    Saving what is stored already changes nothing, so a repeated request is harmless. What it said before stays in
    its history (`apart`: also what was written a minute ago). Raises `Conflict` when `version` is no longer the
    stored one, `NotADraft` when it has been confirmed.
    """
    stored = Mailing.unscoped.get(pk=mailing.pk)
    if not stored.is_draft:
        raise NotADraft
    is_own = language in ("", stored.language)
    fields = _cleaned(changes, stored) if is_own else _translated(changes, stored, language)
    return _written(stored, fields, version=version, by=by, now=now, apart=apart)


def get_back(
    *, mailing: Mailing, earlier: DraftVersion, version: int, by: User, now: datetime.datetime
) -> Mailing:  # fmt: skip
    """The draft with the words of an earlier version; those of today stay in its history. Raises like `save`."""
    stored = Mailing.unscoped.get(pk=mailing.pk)
    if not stored.is_draft:
        raise NotADraft
    fields = {**earlier.words, "values": {**stored.values, **earlier.words["values"]}}
    return _written(stored, fields, version=version, by=by, now=now, apart=True)


def _written(
    stored: Mailing, fields: Mapping[str, Any], *, version: int, by: User, now: datetime.datetime, apart: bool
) -> Mailing:
    if all(getattr(stored, name) == value for name, value in fields.items()):
        return stored
    with transaction.atomic():
        hit = Mailing.unscoped.filter(pk=stored.pk, version=version, state=MailingState.DRAFT).update(
            **fields, version=F("version") + 1, changed_at=now
        )
        saved = Mailing.unscoped.get(pk=stored.pk)
        if hit and fields.keys() & set(history.WORDS):
            history.note(saved, by=by, now=now, apart=apart)
    if not hit:
        raise Conflict(saved, fields)
    return saved


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


def _translated(changes: Mapping[str, Any], stored: Mailing, language: str) -> dict[str, Any]:
    if changes.keys() - WORDS or language not in dict(LANGUAGES):
        raise ValueError(f"not saved in a translation: {language} {sorted(changes)}")
    before = stored.translations.get(language, {})
    heads = {name: clean_line(changes.get(name, before.get(name, ""))) for name in ("subject", "preheader")}
    values = {**before.get("values", {}), **changes.get("values", {})}
    after = {**heads, "values": {key: words for key, words in values.items() if words}}
    return {"translations": {**stored.translations, language: after}}


def take_over(*, mailing: Mailing, mandate: Mandate, by: User, now: datetime.datetime) -> None:
    """The draft goes on under the mandate of `by` at the same unit: a deputy or a successor sends in their own name."""
    if mandate.user_id != by.pk or mandate.unit_id != mailing.unit_id:
        raise ValueError("a draft stays with its unit")
    hit = Mailing.unscoped.filter(pk=mailing.pk, state=MailingState.DRAFT).update(
        mandate=mandate, author=by, version=F("version") + 1, changed_at=now
    )
    if not hit:
        raise NotADraft
