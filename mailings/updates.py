"""A template moves on while somebody writes: what has changed, in words, and the draft on its new version."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _
from wagtail.models import Revision

from comms.people.models import LANGUAGES, User
from mailings import coverage, history, reading
from mailings.drafts import Conflict, NotADraft
from mailings.models import Mailing, MailingState
from templates_lib.models import InvitationTemplate
from templates_lib.render.merge import clean_line
from templates_lib.slots import Slot, is_empty, typed_text


@dataclass(frozen=True, slots=True)
class Update:
    """A newer published version of a draft's template.

    `changes` are sentences; `lost` are the sender's own texts that have no place any more, as (question, words).
    """

    changes: list[str]
    lost: list[tuple[str, str]]


def update_for(mailing: Mailing) -> Update | None:
    """What the template's published version changes for this draft, None when the draft is on it."""
    template = mailing.template
    if not template.live_revision_id or template.live_revision_id == mailing.revision_id:
        return None
    before, after = mailing.revision.as_object(), template.live_revision.as_object()
    language = mailing.language
    changes = [*_of_slots(before, after, language), *_of_the_whole(before, after, language)]
    return Update(changes or [_("Only details have changed.")], list(_lost(mailing, before, after)))


def replacement(mailing: Mailing) -> InvitationTemplate | None:
    """The template that staff retired this draft's for; None while it is in use, or when nothing came after it."""
    return mailing.template.replaced_by if mailing.template.retired_at else None


def adopt(*, mailing: Mailing, version: int, by: User, now: datetime.datetime) -> Mailing:
    """The draft on the template's published version, everything the sender wrote kept where it still has a place.

    What the sender left as staff wrote it follows staff. Raises `Conflict` and `NotADraft` like `drafts.save`.
    """
    stored = Mailing.unscoped.select_related("template", "revision").get(pk=mailing.pk)
    if not stored.is_draft:
        raise NotADraft
    if update_for(stored) is None:
        return stored
    fields = _adopted(stored, stored.template.live_revision)
    drafts = Mailing.unscoped.filter(pk=stored.pk, version=version, state=MailingState.DRAFT)
    if not drafts.update(**fields, version=F("version") + 1, changed_at=now):
        raise Conflict(stored, {})
    adopted = Mailing.unscoped.get(pk=stored.pk)
    history.note(adopted, by=by, now=now, apart=True)
    return adopted


def _adopted(stored: Mailing, revision: Revision) -> dict[str, Any]:
    before, after = stored.revision.as_object(), revision.as_object()
    old, new = before.defaults(stored.language), after.defaults(stored.language)
    mine = {key: stored.values[key] for key in _touched(before.slots(stored.language), stored.values, old)}
    values = {key: mine.get(key, suggested) for key, suggested in new.items()}
    untouched = stored.subject == _subject(before, stored.language)
    subject = _subject(after, stored.language) if untouched else stored.subject
    kept = {language: _still_there(said, new) for language, said in stored.translations.items()}
    return {"revision": revision, "topic": after.topic, "subject": subject, "values": values, "translations": kept}


def _touched(asked: list[Slot], values: Mapping[str, Any], suggested: Mapping[str, Any]) -> list[str]:
    """The keys of what the sender wrote otherwise than staff."""
    return [
        slot.key
        for slot in asked
        if slot.key in values and not coverage.untouched(slot, values[slot.key], suggested.get(slot.key))
    ]


def _still_there(said: Mapping[str, Any], places: Mapping[str, Any]) -> dict[str, Any]:
    return {**said, "values": {key: words for key, words in said.get("values", {}).items() if key in places}}


def _subject(design: InvitationTemplate, language: str) -> str:
    return clean_line(design.subject.get(language, ""))


def _of_slots(before: InvitationTemplate, after: InvitationTemplate, language: str) -> Iterator[str]:
    old, new = ({slot.key: slot for slot in design.slots(language)} for design in (before, after))
    was, now = before.defaults(language), after.defaults(language)
    for key, slot in new.items():
        if key not in old:
            yield _("New: “%(label)s”.") % {"label": slot.label}
            continue
        if slot.label != old[key].label:
            yield _("“%(before)s” is now called “%(after)s”.") % {"before": old[key].label, "after": slot.label}
        if slot.required and not old[key].required:
            yield _("“%(label)s” must be filled in now.") % {"label": slot.label}
        if slot.max_length < old[key].max_length:
            shorter = _("“%(label)s” may be at most %(n)d characters long now.")
            yield shorter % {"label": slot.label, "n": slot.max_length}
        if slot.choices != old[key].choices:
            yield _("“%(label)s” has other answers to choose from.") % {"label": slot.label}
        elif (text := _said(slot, now.get(key))) != _said(slot, was.get(key)):
            yield _suggestion(slot, text)
    for key in old.keys() - new.keys():
        yield _("Gone: “%(label)s”.") % {"label": old[key].label}


def _suggestion(slot: Slot, text: str) -> str:
    if not text:
        return _("“%(label)s” begins empty now.") % {"label": slot.label}
    return _("The suggestion for “%(label)s” is now: %(text)s") % {"label": slot.label, "text": _short(text)}


def _of_the_whole(before: InvitationTemplate, after: InvitationTemplate, language: str) -> Iterator[str]:
    if before.topic_id != after.topic_id:
        yield _("It is now about “%(topic)s”; that decides whom it may reach.") % {"topic": after.topic.name(language)}
    if (subject := _subject(after, language)) != _subject(before, language) and subject:
        yield _("The suggested subject is now: %(text)s") % {"text": subject}
    if _fixed(before) != _fixed(after):
        yield _("What staff have written or laid out themselves has changed.")


def _fixed(design: InvitationTemplate) -> list[Any]:
    """The blocks in their order, with what in them is not open to the sender."""
    return [(child.id, list(_locked(child))) for child in design.body]


def _locked(child: Any) -> Iterator[Any]:
    for name, field in child.block.fields.items():
        if not child.value[name]["slot"]:
            yield name, field.get_prep_value(child.value[name])


def _lost(mailing: Mailing, before: InvitationTemplate, after: InvitationTemplate) -> Iterator[tuple[str, str]]:
    """What the sender wrote, in any language, where the new version asks nothing."""
    places, suggested = after.defaults(mailing.language), before.defaults(mailing.language)
    for slot in before.slots(mailing.language):
        if slot.key in places or slot.type == "shown":
            continue
        value = mailing.values.get(slot.key)
        if not is_empty(slot, value) and not coverage.untouched(slot, value, suggested.get(slot.key)):
            yield slot.label, _said(slot, value) or slot.label
        for language, said in mailing.translations.items():
            if words := reading.words(said.get("values", {}).get(slot.key)):
                yield f"{slot.label} ({dict(LANGUAGES)[language]})", words


def _said(slot: Slot, value: Any) -> str:
    """A value in words for a list of changes."""
    return "" if is_empty(slot, value) else " ".join(typed_text(slot, value).split())


def _short(text: str, limit: int = 80) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
