"""May this member be written to about this topic? One rule in two forms, side by side.

`may_receive` answers for one member when a batch is read; `verdict` answers in SQL for a whole audience.
`tests/security/test_s2_audience.py` holds them equal. Reason codes are keys of `mailings.reasons`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from django.db.models import (
    Case,
    CharField,
    Exists,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.lookups import Exact, IsNull

from comms.people import work_mail
from comms.people.models import Member, Placement
from comms.people.scope import Scope, live
from comms.privacy.models import Channel, Consent, Suppression
from comms.sql import subquery
from templates_lib.models import Topic

STATUTORY, OFFER = Topic.Category.STATUTORY, Topic.Category.OFFER
BOUNCED, COMPLAINED, REFUSED = Suppression.Reason.BOUNCED, Suppression.Reason.COMPLAINED, Suppression.Reason.REFUSED


class Facts(NamedTuple):
    """What is known about one member and one topic.

    `left` is the day the member left the union; `in_scope` whether a live placement lies in the mandate;
    `suppressed` the reasons (`Suppression.Reason`) standing against the address; `consent` the newest answer
    about the topic, None if never asked; `by_letter` whether the newest answer says that it is to come on paper;
    `at_work` whether the address lies at an employer; `spare_work` whether such addresses are to be left out.
    """

    category: str
    has_address: bool = True
    email_problem: str = ""
    erased: bool = False
    restricted: bool = False
    left: datetime.date | None = None
    in_scope: bool = True
    suppressed: frozenset[str] = frozenset()
    consent: bool | None = None
    by_letter: bool = False
    at_work: bool = False
    spare_work: bool = False


class Verdict(NamedTuple):
    """`reason` is "" exactly when `allowed`."""

    allowed: bool
    reason: str


@lru_cache(maxsize=1024)  # most members of a batch are alike in this
def may_receive(facts: Facts, *, on: datetime.date) -> Verdict:
    """Whether a mail may leave on this day (local time), and if not the first reason that forbids it.

    A statutory notice (GDPR art. 6(1)(b)) reaches everybody who has not complained or chosen a letter and whose mailbox
    exists; information (6(1)(f)) everybody who has not objected; an offer (6(1)(a)) only those who said yes. What is
    not a notice leaves out addresses at work where the sender wants it so.
    """
    reason = _reason(facts, on=on)
    return Verdict(allowed=not reason, reason=reason)


def _reason(facts: Facts, *, on: datetime.date) -> str:
    optional = facts.category != STATUTORY
    refusals = [
        ("erased", facts.erased),
        ("restricted", facts.restricted),
        ("left", facts.left is not None and facts.left <= on),
        ("moved", not facts.in_scope),
        ("bad_address", not facts.has_address and bool(facts.email_problem)),
        ("no_address", not facts.has_address),
        ("bounced", BOUNCED in facts.suppressed),
        ("complained", COMPLAINED in facts.suppressed),
        ("prefers_letter", not optional and facts.by_letter),
        ("refused_all", optional and REFUSED in facts.suppressed),
        ("unsubscribed", optional and facts.consent is False),
        ("no_consent", facts.category == OFFER and facts.consent is not True),
        ("work_address", optional and facts.spare_work and facts.at_work),
    ]
    return next((reason for reason, holds in refusals if holds), "")


def verdict(*, topic: Topic, channel: str = Channel.MAIL, spare_work: bool = False) -> Case:
    """`_reason` in SQL for members already known to be in scope, not erased and not left (`within(scope)`).

    Needs no other annotation on the queryset; "" means that the member may be written to.
    """

    def against(reason: str) -> Exists:
        return Exists(Suppression.objects.filter(key=OuterRef("email_key"), channel=channel, reason=reason))

    said, on_paper = _newest_answer(topic, channel), _newest_answer(topic, Channel.LETTER)
    refusals = [
        When(restricted=True, then=Value("restricted")),
        When(~Q(email_problem=""), email="", then=Value("bad_address")),
        When(email="", then=Value("no_address")),
        When(against(BOUNCED), then=Value("bounced")),
        When(against(COMPLAINED), then=Value("complained")),
    ]
    if topic.category == STATUTORY and channel != Channel.LETTER:
        refusals.append(When(Exact(on_paper, True), then=Value("prefers_letter")))
    if topic.category != STATUTORY:
        refusals += [
            When(against(REFUSED), then=Value("refused_all")),
            When(Exact(said, False), then=Value("unsubscribed")),
        ]
    if topic.category == OFFER:
        refusals.append(When(IsNull(said, True), then=Value("no_consent")))
    if spare_work and topic.category != STATUTORY:
        refusals.append(When(work_mail.at_work(), then=Value("work_address")))
    return Case(*refusals, default=Value(""), output_field=CharField())


def _newest_answer(topic: Topic, channel: str) -> Subquery:
    """Yes, no or NULL: what the member of the outer query last said about the topic."""
    answers = Consent.objects.filter(member=OuterRef("pk"), topic=topic, channel=channel).order_by("-id")
    return Subquery(answers.values("granted")[:1])


def facts_for(
    member_ids: Iterable[int], *, topic: Topic, scope: Scope, channel: str = Channel.MAIL, spare_work: bool = False
) -> dict[int, Facts]:
    """The facts per member id, in five queries however many ids. An id that no longer exists counts as erased.

    Placements and answers are asked for apart: as EXISTS beside the members, PostgreSQL reads the whole branch.
    """
    wanted = list(member_ids)
    asked = subquery(wanted, "bigint")
    columns = ("pk", "email", "email_key", "email_problem", "erased_at", "restricted", "left_on")
    members = list(Member.unscoped.filter(pk__in=asked).values_list(*columns))
    at_work = work_mail.at_work_among({email for _pk, email, *_more in members} - {""})
    placed = Placement.objects.filter(live(scope.on), scope.unit_paths("unit__path"), member__in=asked)
    here = set(placed.values_list("member_id", flat=True))
    answers = Consent.objects.filter(member__in=asked, topic=topic, channel__in=(channel, Channel.LETTER)).order_by(
        "id"
    )
    newest = {(pk, about): yes for pk, about, yes in answers.values_list("member_id", "channel", "granted")}
    against = _suppressions({key for _pk, _email, key, *_more in members} - {""}, channel)
    nothing: frozenset[str] = frozenset()
    by_mail = channel != Channel.LETTER
    known = {
        pk: Facts(
            topic.category, bool(email), problem, erased_at is not None, restricted, left_on, pk in here,
            against.get(key, nothing), newest.get((pk, channel)), by_mail and bool(newest.get((pk, Channel.LETTER))),
            email in at_work, spare_work,
        )
        for pk, email, key, problem, erased_at, restricted, left_on in members
    }  # fmt: skip
    gone = Facts(category=topic.category, erased=True, in_scope=False)
    return {pk: known.get(pk, gone) for pk in wanted}


def _suppressions(keys: set[str], channel: str) -> dict[str, frozenset[str]]:
    against: dict[str, set[str]] = {}
    standing = Suppression.objects.filter(key__in=subquery(keys, "text"), channel=channel)
    for key, reason in standing.values_list("key", "reason"):
        against.setdefault(key, set()).add(reason)
    return {key: frozenset(reasons) for key, reasons in against.items()}
