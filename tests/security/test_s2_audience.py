"""Threat S2: whatever a filter says, the audience never leaves the mandate; and both forms of the rule agree.

Random forests, placements, mandates, consents, suppressions and filters; the judge is a slow and obvious reference,
and so is the judge of who of the audience gets the mail, who a letter, and why not.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from comms.people import work_mail
from comms.people.models import Mandate, Member, Placement, Unit
from comms.people.scope import Scope
from comms.privacy import permission
from comms.privacy.models import Consent, Suppression
from mailings import audience, letters
from mailings.audience import MEMBERSHIP_KINDS, Filter
from mailings.models import Mailing, Recipient
from tests.factories import make_mailing, make_member, make_topic, make_user

TODAY = timezone.localdate
NOW = timezone.now
CATEGORIES = ("statutory", "information", "offer")
EMPLOYMENT = ("", "permanent", "temporary")
PLACES = ("units", "employers", "workplaces")
POSITIONS = ("", "lärare", "LÄRARE", "Rektor")


def day(offset: int | None) -> datetime.date | None:
    return None if offset is None else TODAY() + datetime.timedelta(days=offset)


# --- a small random world -------------------------------------------------------------------------------------------

HOLDS = [(-9, None), (-9, 0), (0, None), (0, 0)]  # days from today
PERIOD = st.sampled_from([*HOLDS, *HOLDS, (-9, -1), (1, None)])
FIVE, SEVEN = st.sampled_from(range(5)), st.sampled_from(range(7))
MANDATE = st.tuples(SEVEN, PERIOD, st.sampled_from(["representative", "deputy", "staff"]))
PLACEMENT = st.tuples(
    FIVE, SEVEN, PERIOD, st.sampled_from(EMPLOYMENT), st.sampled_from(POSITIONS), st.booleans()
)  # member, unit, …
RARELY = st.sampled_from([*[False] * 9, True])
ANSWER = st.tuples(FIVE, st.booleans(), st.booleans())  # member, our topic or another, granted
AT_WORK = ["four@council.example.org", "five@a.b.c.council.example.org", "six@mycouncil.example.org"]
MEMBER = st.fixed_dictionaries(
    {
        "email": st.sampled_from(
            ["one@example.com", "two@example.com", "ONE@example.com", "three@example.com", "", *AT_WORK]
        ),
        "email_problem": st.sampled_from(["", "", "two @"]),
        "language": st.sampled_from(["sv", "sv", "nb"]),
        "restricted": RARELY,
        "left": st.sampled_from([*[None] * 9, -1, 0, 1]),
        "erased": RARELY,
    }
)
ROWS = {
    "units": st.lists(st.sampled_from(range(8)), max_size=4),  # 7 is a unit that does not exist
    "employment": st.sampled_from([["permanent"], ["temporary"], ["", "permanent"], []]),
    "employers": st.lists(st.sampled_from(range(8)), max_size=4),
    "workplaces": st.lists(st.sampled_from(range(8)), max_size=4),
    "positions": st.sampled_from([["lärare"], ["Rektor", "LÄRARE"], ["", "lärare"], []]),
    "position": st.sampled_from(["", "lär", "LÄRARE", "ektor"]),
    "main_employer_only": st.booleans(),
    "languages": st.sampled_from([["sv"], ["sv", "nb"], ["sv", "da"], []]),
    "new_since": st.sampled_from([-10, -9, -8, 0, 1]),  # days from today
    "mailed": st.lists(st.sampled_from(range(4)), max_size=3),  # 3 is a mailing that does not exist
    "not_mailed": st.lists(st.sampled_from(range(4)), max_size=2),
}
USED = st.lists(st.sampled_from(sorted(ROWS)), max_size=3, unique=True)  # all at once would leave nobody
FILTER = USED.flatmap(lambda names: st.fixed_dictionaries({name: ROWS[name] for name in names}))
WORLDS = st.fixed_dictionaries(
    {
        "parents": st.tuples(*[st.sampled_from([None, *range(n), *range(n)]) for n in range(1, 7)]),
        "branch_of": st.lists(st.one_of(st.none(), SEVEN), min_size=7, max_size=7),
        "members": st.lists(MEMBER, min_size=5, max_size=5),
        "placements": st.lists(PLACEMENT, min_size=8, max_size=14),
        "mandates": st.lists(MANDATE, min_size=1, max_size=3),
        "consents": st.lists(
            st.tuples(FIVE, st.booleans(), st.booleans(), st.sampled_from(["mail", "mail", "letter"])),
            min_size=2,
            max_size=8,
        ),  # member, ours?, granted, channel
        "suppressed": st.lists(
            st.tuples(FIVE, st.sampled_from(["bounced", "complained", "refused"]), st.sampled_from(["mail", "sms"])),
            max_size=4,
        ),
        "earlier": st.lists(
            st.tuples(
                SEVEN, st.dictionaries(FIVE, st.sampled_from(["sent", "skipped", "queued", "bounced", "failed"]))
            ),
            min_size=3,
            max_size=3,
        ),  # mailings: unit, member -> state
        "category": st.sampled_from(CATEGORIES),
        "domains": st.lists(st.sampled_from(["council.example.org", "b.c.council.example.org"]), max_size=2),
        "spare_work": st.booleans(),
        "filter": FILTER,
    }
)


@dataclass
class World:
    units: list[Unit]
    members: list[Member]
    mandates: list[Mandate]
    scope: Scope
    topic: object
    filter: Filter
    earlier: list[Mailing]
    said: list[tuple[int, bool, bool, str]]  # consents as drawn, oldest first
    against: list[tuple[int, str, str]]  # suppressions as drawn


def build(drawn: dict) -> World:
    units: list[Unit] = []
    for n, parent in enumerate((None, *drawn["parents"])):
        kind = "union" if n == 0 else "employer" if parent is None else "branch"
        fields = {"name": f"Unit {n}", "code": f"W{n}"}
        if parent is None:
            units.append(Unit.add_root(kind=kind, **fields))
        else:
            above = Unit.objects.get(pk=units[parent].pk)
            kind = "workplace" if above.kind in ("employer", "workplace") else kind
            units.append(above.add_child(kind=kind, **fields))
    units = [Unit.objects.get(pk=unit.pk) for unit in units]
    for unit, branch in zip(units, drawn["branch_of"], strict=True):
        if unit.depth == 1 and unit.kind == "employer" and branch is not None:
            unit.branch = units[branch]
            unit.save()
    members = [
        make_member(left_on=day(one.pop("left")), erased_at=NOW() if one.pop("erased") else None, **one)
        for one in map(dict, drawn["members"])
    ]
    for who, where, (start, end), employment, position, main in drawn["placements"]:
        Placement.objects.create(
            member=members[who], unit=units[where], start=day(start), end=day(end),
            employment=employment, position=position, main_employer=main,
        )  # fmt: skip
    user = make_user("Random")
    mandates = [
        Mandate.objects.create(user=user, unit=units[where], role=role, start=day(start), end=day(end))
        for where, (start, end), role in drawn["mandates"]
    ]
    topic, other = make_topic("ours", category=drawn["category"]), make_topic("other")
    for who, ours, granted, channel in drawn["consents"]:
        about = topic if ours else other
        Consent.objects.create(member=members[who], topic=about, granted=granted, channel=channel)
    for who, reason, channel in drawn["suppressed"]:
        Suppression.objects.suppress(members[who].email, reason, now=NOW(), channel=channel)
    earlier = [write(mandates[0], units[where], members, got) for where, got in drawn["earlier"]]
    ids, sent = ([row.pk for row in rows] + [999_999] for rows in (units, earlier))
    stored = {**drawn["filter"]}
    for name, known in {**dict.fromkeys(PLACES, ids), "mailed": sent, "not_mailed": sent}.items():
        if name in stored:
            stored[name] = [known[n] for n in stored[name]]
    if "new_since" in stored:
        stored["new_since"] = (TODAY() + datetime.timedelta(days=stored["new_since"])).isoformat()
    work_mail.put(units[0], set(drawn["domains"]))  # any unit's: what counts is that an employer has it
    scope = Scope.of(user, on=TODAY())
    return World(
        units,
        members,
        mandates,
        scope,
        topic,
        Filter.from_json(stored),
        earlier,
        drawn["consents"],
        drawn["suppressed"],
    )


def write(mandate: Mandate, unit: Unit, members: list[Member], got: dict[int, str]) -> Mailing:
    """An earlier mailing of the unit; the rows say what became of it."""
    mailing = make_mailing(mandate)
    Mailing.unscoped.filter(pk=mailing.pk).update(unit=unit)
    mailing.unit = unit
    Recipient.unscoped.bulk_create(
        Recipient(
            mailing=mailing, member=members[who], language="sv", state=state,
            reason="no_address" if state == "skipped" else "",
        )
        for who, state in got.items()
    )  # fmt: skip
    return mailing


def examples(number: int) -> settings:
    """Without shrinking: with a database it takes minutes, and these worlds are small as they are."""
    phases = (Phase.explicit, Phase.generate)
    return settings(max_examples=number, deadline=None, suppress_health_check=list(HealthCheck), phases=phases)


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# --- the slow, obvious reference ------------------------------------------------------------------------------------


def at_or_below(unit: Unit, tops: list[Unit]) -> bool:
    parents = {up.pk for up in [unit, *unit.get_ancestors()]}
    return any(top.pk in parents for top in tops)


def governed(world: World) -> list[Unit]:
    """The units of the live mandates; for staff at the union every unit."""
    live = [mandate for mandate in world.mandates if mandate.is_live(TODAY())]
    if any(m.role == "staff" and m.unit.depth == 1 and m.unit.kind == "union" for m in live):
        return list(world.units)
    return [mandate.unit for mandate in live]


def mandated(world: World, member: Member) -> bool:
    tops = governed(world)
    here = any(p.is_live(TODAY()) and at_or_below(p.unit, tops) for p in member.placements.all())
    return here and member.erased_at is None and (member.left_on is None or member.left_on > TODAY())


def chosen(world: World, member: Member) -> bool:
    """Whether the filter keeps a member of the mandate."""
    tops, f = governed(world), world.filter
    if f.languages is not None and member.language not in f.languages:
        return False
    first_here = min(p.start for p in member.placements.all() if at_or_below(p.unit, tops))
    if f.new_since is not None and first_here < f.new_since:
        return False
    if f.mailed is not None and not got(world, member, f.mailed):
        return False
    if f.not_mailed and got(world, member, f.not_mailed):
        return False

    def seen(unit: Unit) -> bool:
        employer = unit.get_root()
        return at_or_below(unit, tops) or bool(employer.branch and at_or_below(employer.branch, tops))

    def is_the_job(p: Placement) -> bool:
        return (
            (f.employment is None or p.employment in f.employment)
            and (not f.main_employer_only or p.main_employer)
            and (f.positions is None or p.position in f.positions)
            and f.position.casefold() in p.position.casefold()
            and all(
                at_or_below(p.unit, places)
                for places in (named(f.employers), named(f.workplaces))
                if places is not None
            )
        )

    def named(ids: tuple[int, ...] | None) -> list[Unit] | None:
        return None if ids is None else [unit for unit in world.units if unit.pk in ids]

    placements = [p for p in member.placements.all() if p.is_live(TODAY()) and seen(p.unit)]
    jobs = [p for p in placements if is_the_job(p)]
    if f.units is None:
        return bool(jobs)
    wanted = [unit for unit in world.units if unit.pk in f.units]
    here = [p for p in placements if at_or_below(p.unit, wanted)]
    belongs_here = any(p.unit.kind in MEMBERSHIP_KINDS for p in here)
    return any(p in here for p in jobs) or (belongs_here and bool(jobs))


def works_at(email: str, domains: list[str]) -> bool:
    """Whether an address lies at one of the domains, or at most three levels below."""
    _local, _at, domain = email.lower().partition("@")
    labels = domain.split(".")
    return any(".".join(labels[level:]) in domains for level in range(min(len(labels), 4)))


def got(world: World, member: Member, mailings: tuple[int, ...]) -> bool:
    """Whether one of those mailings of the mandates' own units got to the member, or is still on its way."""
    own = {mandate.unit_id for mandate in world.mandates if mandate.is_live(TODAY())}
    ours = [one for one in world.earlier if one.pk in mailings and one.unit_id in own]
    rows = [row for one in ours for row in Recipient.unscoped.for_mailing(one) if row.member_id == member.pk]
    return any(row.state in {"sent", "queued"} for row in rows)


def last_said(world: World, member: Member, channel: str) -> bool | None:
    """The member's newest answer about our topic on that channel."""
    answers = [
        yes for who, ours, yes, by in world.said if ours and by == channel and world.members[who].pk == member.pk
    ]
    return answers[-1] if answers else None


def against(world: World, member: Member) -> set[str]:
    """What stands against the mailbox, whoever brought it there."""
    mine = member.email.lower()
    return {
        reason for who, reason, by in world.against
        if by == "mail" and mine and world.members[who].email.lower() == mine
    }  # fmt: skip


def why_no_mail(world: World, member: Member) -> str:
    """The table of docs/concepts.md, "What may be sent to whom", for somebody in the audience."""
    category, bad, said = world.topic.category, against(world, member), last_said(world, member, "mail")
    if member.restricted:
        return "restricted"
    if not member.email:
        return "bad_address" if member.email_problem else "no_address"
    if "bounced" in bad:
        return "bounced"
    if "complained" in bad:
        return "complained"
    if category == "statutory":
        return "prefers_letter" if last_said(world, member, "letter") else ""
    if "refused" in bad:
        return "refused_all"
    if said is False:
        return "unsubscribed"
    return "no_consent" if category == "offer" and said is None else ""


def may_have_a_letter(world: World, member: Member) -> bool:
    """Whether one of the audience whom the mail misses may be written to on paper."""
    said = last_said(world, member, "mail"), last_said(world, member, "letter")
    if member.restricted:
        return False
    if world.topic.category == "statutory":
        return True
    if {"complained", "refused"} & against(world, member) or False in said:
        return False
    return world.topic.category == "information" or True in said


# --- the properties -------------------------------------------------------------------------------------------------


@pytest.mark.timeout(600)
@examples(120)
@given(drawn=WORLDS)
def test_in_every_world_the_audience_is_what_the_slow_reference_says(db, drawn):
    """A world costs more than what is asked about it, so it is built once for all the questions."""
    with rolled_back():
        world = build(drawn)
        the_audience_is_the_mandate_narrowed_by_the_filter_and_nobody_else(world)
        the_rule_in_sql_and_the_rule_in_python_agree_on_every_member(world, drawn)
        who_gets_the_mail_who_a_letter_and_why_not(world)
        the_locked_list_is_the_ledger(world)


def the_audience_is_the_mandate_narrowed_by_the_filter_and_nobody_else(world: World) -> None:
    found = audience.members(scope=world.scope, topic=world.topic, filter=world.filter)
    ids = [member.pk for member in found]
    foreign = {member.pk for member in world.members if not mandated(world, member)}
    expected = {m.pk for m in world.members if mandated(world, m) and chosen(world, m)}
    event(f"{len(expected)} in the audience")
    assert len(ids) == len(set(ids))
    assert not foreign & set(ids)
    assert set(ids) == expected


def the_rule_in_sql_and_the_rule_in_python_agree_on_every_member(world: World, drawn: dict) -> None:
    everybody = [member.pk for member in world.members]
    spare = drawn["spare_work"]
    facts = permission.facts_for(everybody, topic=world.topic, scope=world.scope, spare_work=spare)
    last_said = {(world.members[who].pk, channel): yes for who, ours, yes, channel in drawn["consents"] if ours}
    assert {pk: known.consent for pk, known in facts.items()} == {pk: last_said.get((pk, "mail")) for pk in everybody}
    assert {pk for pk, known in facts.items() if known.by_letter} == {
        pk for (pk, channel), yes in last_said.items() if channel == "letter" and yes
    }
    python = {pk: permission.may_receive(known, on=timezone.localdate(NOW())).reason for pk, known in facts.items()}
    at_work = {pk for pk, known in facts.items() if known.at_work}
    assert at_work == {one.pk for one in world.members if works_at(one.email, drawn["domains"])}
    whole = audience.select(scope=world.scope, topic=world.topic, filter=Filter(spare_work=spare))
    sql = dict(whole.values_list("pk", "verdict"))
    for reason in python.values():
        event(f"reason {reason!r}")
    assert {pk: python[pk] for pk in sql} == sql
    assert {python[pk] for pk in everybody if pk not in sql} <= {"erased", "left", "moved", "restricted"}
    offers_without_yes = world.topic.category == "offer" and any(
        not verdict and facts[pk].consent is not True for pk, verdict in sql.items()
    )
    assert not offers_without_yes
    spared = {pk for pk, reason in sql.items() if reason == "work_address"}
    kept = {pk for pk in at_work if sql.get(pk) == ""}
    assert not (kept if spare and drawn["category"] != "statutory" else spared)


def who_gets_the_mail_who_a_letter_and_why_not(world: World) -> None:
    audience_ = [m for m in world.members if mandated(world, m) and chosen(world, m)]
    expected = {member.pk: why_no_mail(world, member) for member in audience_}
    for reason in expected.values():
        event(f"in the audience: {reason!r}")
    found = audience.select(scope=world.scope, topic=world.topic, filter=world.filter)
    assert dict(found.values_list("pk", "verdict")) == expected
    missed = [m for m in audience_ if expected[m.pk] in letters.REASONS]
    lawful = set(letters._lawful([m.pk for m in missed], topic=world.topic, scope=world.scope))
    event(f"{len(lawful)} letters, {len(missed) - len(lawful)} not even that")
    assert lawful == {m.pk for m in missed if may_have_a_letter(world, m)}


def the_locked_list_is_the_ledger(world: World) -> None:
    mailing = make_mailing(world.mandates[0], topic=world.topic, audience=world.filter.to_json())
    scope = Scope.of_mandate(world.mandates[0], on=TODAY())
    ledger = audience.ledger(scope=scope, topic=world.topic, filter=world.filter)
    assert ledger.total == audience.members(scope=scope, topic=world.topic, filter=world.filter).count()
    assert ledger.total == ledger.mail + sum(n for _reason, n in ledger.skipped)
    assert audience.snapshot(mailing=mailing, scope=scope, now=NOW()) == ledger.total
    rows = Recipient.unscoped.for_mailing(mailing)
    assert rows.filter(state="queued").count() == ledger.mail
    assert {reason: rows.filter(reason=reason).count() for reason, _ in ledger.skipped} == dict(ledger.skipped)


@pytest.mark.once
def test_every_way_of_narrowing_is_drawn():
    """A new field of the filter is tried here from the day it exists."""
    beside = {"spare_work"}  # the mailing's to say, and drawn beside the filter
    assert {known.name for known in dataclasses.fields(Filter)} == set(ROWS) | beside
