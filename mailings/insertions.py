"""Passages of the library in the texts of mailings, and what has become of them since.

The link is a fact that can be looked up, not a state that is kept: a record belongs to a text as long as the text
holds the record's words (`excerpts.holds`), and sleeps otherwise. So whoever writes the passage away has cut the link
by that, whoever gets an earlier version back has it again, and nothing must be tidied when a draft is saved, frozen or
undone (docs/decisions/0013-linked-passages.md).
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db.models import Q
from django.utils.safestring import SafeString

from cms.access import Reader
from cms.models import Entry, LibraryPage
from cms.passages import KINDS, Passage, passages
from comms.people.models import User
from comms.people.scope import Scope
from mailings import excerpts
from mailings.models import Insertion, Mailing, MailingState
from templates_lib.render.rich_text import clean_rich_text

TOLD_FOR = datetime.timedelta(days=90)  # after the last mail left; what is older is history


@dataclass(frozen=True, slots=True)
class Change:
    """A passage that its article does not have like that any more.

    `entry` is the article, None when it is gone or not the reader's; `passage` is what stands in it now, None when
    that is nothing.
    """

    insertion: Insertion
    entry: Entry | None
    passage: Passage | None

    @property
    def key(self) -> str:
        return self.insertion.slot

    @property
    def language(self) -> str:
        return self.insertion.language

    @property
    def title(self) -> str:
        return self.entry.title if self.entry else self.insertion.title

    @property
    def state(self) -> str:
        """What the passage is now: its digest, or `Insertion.GONE`."""
        return self.passage.digest if self.passage else Insertion.GONE

    @property
    def before(self) -> SafeString:
        return SafeString(clean_rich_text(self.insertion.html))

    @property
    def after(self) -> SafeString:
        return SafeString(clean_rich_text(self.passage.html if self.passage else ""))

    @property
    def is_withdrawn(self) -> bool:
        """Nobody reads the article any more, which is something else than not being among its readers."""
        page = self.insertion.page
        return page is None or not page.live


# --- what a text holds ----------------------------------------------------------------------------------------------
def text_of(mailing: Mailing, slot: str, language: str) -> str:
    """What the sender has written there, as HTML."""
    said = mailing.values
    if language != mailing.language:
        said = mailing.translations.get(language, {}).get("values", {})
    text = said.get(slot)
    return text if isinstance(text, str) else ""


def linked(mailing: Mailing) -> list[Insertion]:
    """The passages its texts hold, in the order they were taken. One query.

    Where records of several states of one passage fit, the one that says most: “25 kr” stands in “25 kr a kilometre”,
    and the text has the longer.
    """
    best: dict[tuple[object, ...], Insertion] = {}
    for one in mailing.insertions.select_related("page").order_by("pk"):
        if excerpts.holds(text_of(mailing, one.slot, one.language), one.html):
            place = (one.slot, one.language, one.page_id or one.title, one.block)
            other = best.get(place)
            if other is None or excerpts.length(one.html) >= excerpts.length(other.html):
                best[place] = one
    return sorted(best.values(), key=lambda one: one.pk)


def changes(mailing: Mailing, scope: Scope) -> list[Change]:
    """What has become of the passages in its texts, as somebody with this scope may read them; nothing of what the
    sender has declined. One query for a mailing without any, six at most.
    """
    found = linked(mailing)
    if not (found and scope):
        return []
    pages = {one.page_id for one in found if one.page_id}
    rows = Entry.objects.within(Reader.of(scope)).of_kind(*KINDS).filter(pk__in=pages)
    entries = {entry.pk: entry for entry in rows}
    now = {(one.entry.pk, one.block): one for one in passages(entries.values())}
    every = (Change(one, entries.get(one.page_id), now.get((one.page_id, one.block))) for one in found)
    return [one for one in every if one.state not in (one.insertion.digest, one.insertion.declined)]


# --- what becomes of the record ---------------------------------------------------------------------------------------
def record(
    *, mailing: Mailing, slot: str, language: str, passage: Passage, by: User, now: datetime.datetime
) -> Insertion:
    """That the passage is put into this text. Repeatable; until the text is saved the record sleeps."""
    made, _created = Insertion.objects.update_or_create(
        mailing=mailing,
        slot=slot,
        language=language,
        page_id=passage.entry.pk,
        block=passage.block,
        digest=passage.digest,
        defaults={"title": passage.entry.title, "html": passage.html, "at": now, "by": by, "declined": ""},
    )
    return made


def decline(change: Change) -> None:
    """The sender keeps what the text says; the next change is told again."""
    Insertion.objects.filter(pk=change.insertion.pk).update(declined=change.state)


def copy(mailing: Mailing, *, into: Mailing) -> None:
    """The records of one mailing for another with the same texts."""
    rows = linked(mailing)
    for one in rows:
        one.pk, one.mailing, one.told, one.stale = None, into, "", False
    Insertion.objects.bulk_create(rows)


def published(page: LibraryPage, *, now: datetime.datetime) -> None:
    """The article was published anew or withdrawn: whoever has sent something of it lately may have to be told. The
    sweep finds out who (`notices.tell_changes`); drafts say so by themselves when they are opened.
    """
    lately = Q(mailing__finished_at=None) | Q(mailing__finished_at__gt=now - TOLD_FOR)
    confirmed = Insertion.objects.filter(lately, page=page).exclude(mailing__state=MailingState.DRAFT)
    confirmed.update(stale=True)
