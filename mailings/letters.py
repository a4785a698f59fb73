"""Letters on paper for those a mailing does not reach by mail: who gets one, and a run from order to file.

The rows hold ids only. Names and addresses are read when a chunk is drawn, and scope and permission are asked again
then. A worker claims a chunk by a conditional update; what a dead worker claimed is taken again after `CLAIM`.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone, translation
from django.utils.formats import date_format

from comms.people.models import Member, User
from comms.people.scope import Scope
from comms.privacy import permission, policy
from comms.privacy.models import Channel, Suppression
from mailings import audience, composing, letter_files, postal
from mailings.models import LetterChunk, LetterRun, Mailing, MailingState, Recipient, RecipientState, RunState
from templates_lib import bell, pdf_worker, pictures
from templates_lib.models import Topic
from templates_lib.render import letter

log = logging.getLogger(__name__)

TASK = "mailings.tasks.print_letters"
CHUNK = 100  # letters drawn together
KEPT = policy.kept("letters")  # the files hold names and addresses
CLAIM = datetime.timedelta(minutes=10)  # longer than a chunk takes: its worker is gone
PRESSES = 2  # chunks in work at once
READ = 1000  # members asked about at once
OPEN = (RunState.QUEUED, RunState.DRAWING, RunState.JOINING)
CONFIRMED = (MailingState.SENDING, MailingState.PAUSED, MailingState.DONE)
# Why mail does not reach somebody whom a letter may reach. Those who said no are not among them.
REASONS = frozenset(
    {"no_address", "bad_address", "bounced", "complained", "prefers_letter", "work_address", "no_channel", "smtputf8"}
    | {"expired", "mailbox_unknown", "mailbox_full", "mailbox_closed", "domain_unknown", "too_large", "policy"}
    | {"refused"}
)
DATES = {"nb": "j. F Y", "da": r"\d\e\n j. F Y"}  # elsewhere 12 mars 2027


class NotNow(Exception):
    """The mailing is not confirmed, or was confirmed before letters existed. Nothing was ordered."""


class Nobody(Exception):
    """Nobody is left whom a letter may reach. Nothing was ordered."""


# --- who ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Unreached:
    """Member ids of those without mail: `letters` in the order of the post, `calls` (no postal address) by name.

    `refused` counts those nobody may write to.
    """

    letters: list[int] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    refused: int = 0


def unreached(mailing: Mailing, *, scope: Scope, now: datetime.datetime) -> Unreached:
    """Everybody in the scope whom the mailing does not reach by mail, or for a draft would not reach."""
    found = _without_mail(mailing, scope=scope, now=now).order_by("last_name", "first_name", "id")
    rows = list(found.values_list("id", "country", "postcode", "last_name", "first_name", "street", "city"))
    lawful = set(_lawful([row[0] for row in rows], topic=mailing.topic, scope=scope))
    asked = [row for row in rows if row[0] in lawful]
    posted = [row for row in asked if postal.has_address(street=row[5], city=row[6])]
    posted.sort(key=lambda row: (*postal.sorting(row[1], row[2]), row[3].casefold(), row[4].casefold(), row[0]))
    calls = [row[0] for row in asked if not postal.has_address(street=row[5], city=row[6])]
    return Unreached(letters=[row[0] for row in posted], calls=calls, refused=len(rows) - len(asked))


def _without_mail(mailing: Mailing, *, scope: Scope, now: datetime.datetime) -> Any:
    if mailing.is_draft:
        own = composing.scope_of(mailing, now=now)
        chosen = audience.Filter.of(mailing)
        return audience.select(scope=own, topic=mailing.topic, filter=chosen).filter(verdict__in=REASONS)
    missed = Recipient.unscoped.for_mailing(mailing).filter(
        Q(state=RecipientState.SKIPPED, reason__in=REASONS)
        | Q(state__in=[RecipientState.FAILED, RecipientState.BOUNCED]),
        member=OuterRef("pk"),
    )
    return Member.objects.within(scope).filter(Exists(missed))


def _lawful(ids: Sequence[int], *, topic: Topic, scope: Scope) -> Iterator[int]:
    """Those of the ids to whom a letter may go: privacy's own rule, with all that concerns a mailbox left out.

    A no to the topic, said for mail or for letters, holds for letters.
    """
    mailbox = {Suppression.Reason.BOUNCED}
    if not topic.can_refuse:
        mailbox.add(Suppression.Reason.COMPLAINED)
    for start in range(0, len(ids), READ):
        some = ids[start : start + READ]
        by_mail = permission.facts_for(some, topic=topic, scope=scope)
        by_letter = permission.facts_for(some, topic=topic, scope=scope, channel=Channel.LETTER)
        for pk, facts in by_mail.items():
            said = by_letter[pk].consent
            asked = facts._replace(
                has_address=True,
                email_problem="",
                suppressed=facts.suppressed - mailbox,
                by_letter=False,  # why no mail goes to them is no reason against the letter
                consent=facts.consent if said is None or facts.consent is False else said,
            )
            if permission.may_receive(asked, on=scope.on).allowed:
                yield pk


# --- ordering -------------------------------------------------------------------------------------------------------
def can_order(mailing: Mailing) -> bool:
    """Whether the mailing has left the hands of its writer and has a letter to print."""
    own = mailing.renditions.filter(language=mailing.language)
    return mailing.state in CONFIRMED and own.filter(prints__has_key="letter").exists()


@transaction.atomic
def order(*, mailing: Mailing, by: User, scope: Scope, now: datetime.datetime) -> LetterRun:
    """A run for everybody a letter may reach now; the same run again while theirs is not finished.

    Raises `NotNow` and `Nobody`.
    """
    locked = Mailing.unscoped.select_for_update(of=("self",)).select_related("topic").get(pk=mailing.pk)
    if not can_order(locked):
        raise NotNow
    unfinished = LetterRun.objects.filter(mailing=locked, by=by, state__in=OPEN).first()
    if unfinished:
        return unfinished
    members = unreached(locked, scope=scope, now=now).letters
    if not members:
        raise Nobody
    run = LetterRun.objects.create(mailing=locked, by=by, letters=len(members), expires_at=now + KEPT)
    chunks = (members[start : start + CHUNK] for start in range(0, len(members), CHUNK))
    LetterChunk.objects.bulk_create([LetterChunk(run=run, n=n, members=some) for n, some in enumerate(chunks)])
    log.info("letters %s: %s ordered by user %s", run.public_id, len(members), by.pk)
    for _press in range(min(PRESSES, run.chunks.count())):
        transaction.on_commit(lambda: bell.ring(TASK, run.pk))
    return run


# --- drawing --------------------------------------------------------------------------------------------------------
def press(run_id: int, *, now: datetime.datetime) -> bool:
    """One step of work on a run: its next chunk, or the joining. Answers whether there is more to do."""
    run = LetterRun.objects.filter(pk=run_id, state__in=OPEN).select_related("mailing", "by").first()
    if run is None or LetterChunk.objects.filter(done_at=None, claimed_at__gt=now - CLAIM).count() >= PRESSES:
        return False
    n = _free(run, now).order_by("n").values_list("n", flat=True).first()
    if n is None:
        join(run, now=now)
        return False
    draw(run, n, now=now)
    return True


def _free(run: LetterRun, now: datetime.datetime) -> Any:
    return run.chunks.filter(Q(claimed_at=None) | Q(claimed_at__lte=now - CLAIM), done_at=None)


def draw(run: LetterRun, n: int, *, now: datetime.datetime) -> bool:
    """Draw one chunk; False when another worker has it or had taken it over. Repeatable."""
    if not _free(run, now).filter(n=n).update(claimed_at=now):
        return False
    LetterRun.objects.filter(pk=run.pk, state=RunState.QUEUED).update(state=RunState.DRAWING)
    ours = run.chunks.filter(n=n, claimed_at=now, done_at=None)
    try:
        members, made = _drawn(run, ours.get().members, now=now)
    except pdf_worker.PdfFailed as failed:
        if ours.exists():
            fail(run, failed.code, now=now)
        return False
    letter_files.keep(run, n, claim=now, pdfs=made)
    return bool(ours.update(members=members, done_at=timezone.now()))


def _drawn(run: LetterRun, ids: list[int], *, now: datetime.datetime) -> tuple[list[int], list[bytes]]:
    """The ids of those who get a letter after all, and the letters. Raises `PdfFailed`."""
    mailing = run.mailing
    scope = Scope.of(run.by, on=timezone.localdate(now))
    asked = list(_lawful(ids, topic=mailing.topic, scope=scope)) if scope else []
    rows = {member.pk: member for member in Member.objects.within(scope).filter(pk__in=asked)} if asked else {}
    members = [rows[pk] for pk in ids if pk in rows and postal.has_address(street=rows[pk].street, city=rows[pk].city)]
    if not members:
        return [], []
    frozen = mailing.renditions.filter(prints__has_key="letter").only("language", "prints")
    faces = {rendition.language: rendition.prints["letter"] for rendition in frozen}
    written_on = timezone.localtime(run.created_at)
    pages = [_page(member, faces, mailing=mailing, at=written_on) for member in members]
    shown = pictures.contents({sha256 for face in faces.values() for sha256 in letter.assets(face)})
    return [member.pk for member in members], _pdfs(pages, shown)


def _page(member: Any, faces: dict[str, str], *, mailing: Mailing, at: datetime.datetime) -> tuple[str, dict[str, str]]:
    """The letter in the member's language where the mailing has it, and what goes into its holes."""
    language = member.language if member.language in faces else mailing.language
    with translation.override(language):
        written_on = date_format(at, DATES.get(language, "j F Y"))
    return faces[language], {
        "first_name": member.first_name,
        "last_name": member.last_name,
        "full_name": member.full_name,
        "unit": mailing.unit.name,
        "street": member.street,
        "town": f"{member.postcode} {member.city}".strip(),
        "country": postal.abroad(member.country),
        "written_on": written_on,
    }


def _pdfs(pages: list[tuple[str, dict[str, str]]], shown: dict[str, bytes]) -> list[bytes]:
    """The letters as few PDFs as the limits of a job allow, counted by the first one."""
    first = letter_files.count_pages(pdf_worker.make_pdf(letter.joined(pages[:1]), shown, kind="letters"))
    size = max(1, pdf_worker.KINDS["letters"].pages // first)
    pieces = (pages[start : start + size] for start in range(0, len(pages), size))
    return [pdf for piece in pieces for pdf in _halved(piece, shown)]


def _halved(pages: list[tuple[str, dict[str, str]]], shown: dict[str, bytes]) -> list[bytes]:
    """One PDF, or two of half the letters each where one would be too much."""
    try:
        return [pdf_worker.make_pdf(letter.joined(pages), shown, kind="letters")]
    except pdf_worker.PdfFailed as failed:
        half = len(pages) // 2
        if not half or failed.code not in {"pages", "memory", "time"}:
            raise
        return _halved(pages[:half], shown) + _halved(pages[half:], shown)


# --- joining --------------------------------------------------------------------------------------------------------
def join(run: LetterRun, *, now: datetime.datetime) -> bool:
    """All chunks in one file, once every one is drawn. Repeatable; of several workers one joins."""
    if run.chunks.filter(done_at=None).exists():
        return False
    LetterRun.objects.filter(pk=run.pk, state__in=[RunState.QUEUED, RunState.DRAWING]).update(state=RunState.JOINING)
    chunks = list(run.chunks.order_by("n").values_list("n", "claimed_at", "members"))
    letters, drawn = sum(len(members) for *_, members in chunks), [(n, claim) for n, claim, _members in chunks if claim]
    if not letters:
        fail(run, "nobody", now=now)
        return False
    with letter_files.alone(run) as ours:
        if not ours or not LetterRun.objects.filter(pk=run.pk, state=RunState.JOINING).exists():
            return False
        pages = letter_files.join(run, drawn, title=run.mailing.subject)
        LetterRun.objects.filter(pk=run.pk, state=RunState.JOINING).update(
            state=RunState.READY, letters=letters, pages=pages, finished_at=timezone.now()
        )
        letter_files.drop_chunks(run)
    log.info("letters %s: ready, %s letters on %s pages", run.public_id, letters, pages)
    return True


def fail(run: LetterRun, problem: str, *, now: datetime.datetime) -> None:
    """The run ends without a file; `problem` says why (a code of `pdf_worker.REASONS`, or "nobody")."""
    hit = LetterRun.objects.filter(pk=run.pk, state__in=OPEN).update(
        state=RunState.FAILED, problem=problem, finished_at=now
    )
    if hit:
        letter_files.drop(run)
        log.info("letters %s: failed (%s)", run.public_id, problem)


# --- sweeping -------------------------------------------------------------------------------------------------------
def recover(*, now: datetime.datetime) -> None:
    """What the sweep does: files too old are deleted with their run; a run nobody works on is rung for."""
    for run in LetterRun.objects.filter(expires_at__lte=now):
        letter_files.drop(run)
        run.delete()
    held = LetterChunk.objects.filter(run=OuterRef("pk"), done_at=None, claimed_at__gt=now - CLAIM)
    for pk in LetterRun.objects.filter(~Exists(held), state__in=OPEN).values_list("pk", flat=True):
        bell.ring(TASK, pk)
