"""Reads a membership file and says what it would change, before anything is changed."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from comms.people.models import Correction, Member, Placement, RosterImport, Unit
from comms.people.roster.cleaning import Job, Problem, RowRefused, clean
from comms.people.roster.columns import match
from comms.people.roster.diff import Change, Held, Known, Rules, compare
from comms.people.roster.reading import RosterError, Table, open_table
from comms.people.roster.stage import Entry, Stage
from comms.people.roster.units import UnitBook
from comms.people.scope import live

CHUNK = 1000  # members compared, and written in one transaction
MOST_LEAVING = 0.05  # of the covered members
FIELDS = (
    "first_name", "last_name", "email", "email_problem", "mobile", "language", "street", "postcode", "city", "country",
)  # fmt: skip
MADE_BY_FILES = frozenset({Unit.Kind.EMPLOYER, Unit.Kind.MID_LEVEL, Unit.Kind.WORKPLACE})

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Terms:
    """What the file is and how it is to be read.

    `covers`: the unit it is complete for. `as_of`: when the registry wrote it. `phone_region`: country of numbers
    without a code. `create_units`: regions, branches and clubs may be new too; employers and what is below them
    always may. `barred(numbers)`: those that must not come back (erased members).
    """

    covers: Unit
    as_of: datetime.datetime
    phone_region: str
    language: str
    create_units: bool = False
    barred: Callable[[Collection[str]], set[str]] = field(default=lambda numbers: erased(numbers))

    @property
    def on(self) -> datetime.date:
        """The first day the file's placements hold."""
        return timezone.localdate(self.as_of)


@dataclass
class Stop:
    """A reason not to apply. `code` is leaving · addresses · swapped · nothing · older."""

    code: str
    message: str


@dataclass
class Plan:
    """What the file would do. `counts` by kind of change, `examples` a few members of each kind."""

    terms: Terms
    table: Table
    stage: Stage
    book: UnitBook
    rules: Rules
    columns: dict[str, int]
    unused: list[str]
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[Change]] = field(default_factory=lambda: defaultdict(list))
    leavers: list[tuple[str, str]] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)

    def changes(self, *, lock: bool = False) -> Iterator[list[Change]]:
        """Every member of the file compared with the database, `CHUNK` at a time."""
        for entries in self.stage.chunks(CHUNK):
            yield self.compare(entries, lock=lock)

    def compare(self, entries: list[Entry], *, lock: bool = False) -> list[Change]:
        """`lock` holds the members' rows until the end of the transaction."""
        known = known_members([entry.number for entry in entries], on=self.terms.on, lock=lock)
        barred = self.terms.barred([entry.number for entry in entries])
        return [
            compare(entry, known.get(entry.number), rules=self.rules, on=self.terms.on)
            for entry in entries
            if entry.number not in barred and (entry.fields or entry.number in known)
        ]

    def covered_members(self) -> QuerySet[Member]:
        """Members the file should name, by primary key."""
        members = Member.unscoped.filter(left_on__isnull=True, erased_at__isnull=True).order_by("pk")
        below = self.book.covered_paths("unit__path")
        if not below:
            return members
        return members.filter(pk__in=Placement.objects.filter(below, live(self.terms.on)).values("member"))

    def leaving(self) -> Iterator[list[tuple[int, str, str]]]:
        """`(pk, number, name)` of covered members the file does not name, in chunks; counts the covered."""
        last, self.counts["covered"] = 0, 0
        query = self.covered_members().values_list("pk", "number", "first_name", "last_name")
        while rows := list(query.filter(pk__gt=last)[:CHUNK]):
            last = rows[-1][0]
            self.counts["covered"] += len(rows)
            named = {entry.number for entry in self.stage.find(row[1] for row in rows)}
            yield [(pk, number, f"{first} {name}") for pk, number, first, name in rows if number not in named]


def erased(numbers: Collection[str]) -> set[str]:
    """Members who were erased here: the file does not bring them back."""
    return set(Member.unscoped.filter(number__in=numbers, erased_at__isnull=False).values_list("number", flat=True))


def make_plan(path: Path, terms: Terms, *, examples: int, progress: Progress) -> Plan:
    """Reads the file and compares. Writes nothing. Raises `RosterError`; a bad row is a `Problem` in the stage."""
    table = open_table(path)
    columns, unused = match(table.header)
    if "number" not in columns or not {"name", "first_name", "last_name"} & columns.keys():
        seen = ", ".join(heading for heading in table.header if heading)[:300]
        raise RosterError(_("No column for member number and name was found. The headings are: %s") % seen)
    kinds = MADE_BY_FILES | ({"region", "branch", "club"} if terms.create_units else set())
    book = UnitBook(covers=terms.covers, on=terms.on, may_create=frozenset(kinds))
    plan = Plan(terms, table, Stage(), book, _rules(book, columns), columns, unused)
    _read(plan, progress)
    if not plan.counts["rows"]:
        raise RosterError(_("The file has headings but no rows."))
    _review(plan, examples, progress)
    plan.stops = list(_stops(plan))
    return plan


def _rules(book: UnitBook, columns: dict[str, int]) -> Rules:
    says_all = "units" in columns
    union = says_all or any(f"{kind}{end}" in columns for kind in ("region", "branch", "club") for end in ("", "_code"))
    work = says_all or any(kind in columns for kind in ("employer", "main_employer", "mid_level", "workplace"))
    work = work or any(f"{kind}_code" in columns for kind in MADE_BY_FILES)
    return Rules(
        home=book.covers.ref,
        covered=book.covered,
        told=lambda ref: work if book.places[ref].is_work else union,
        union=lambda ref: not book.places[ref].is_work,
    )


# --- reading --------------------------------------------------------------------------------------------------------


def _read(plan: Plan, progress: Progress) -> None:
    """Every row into the stage, or onto the list of problems."""
    for row, cells in plan.table.rows:
        if not any(cell.strip() for cell in cells):
            continue
        plan.counts["rows"] += 1
        if plan.counts["rows"] % 10_000 == 0:
            progress(_("rows read"), plan.counts["rows"])
        values = {name: cells[index] if index < len(cells) else "" for name, index in plan.columns.items()}
        try:
            if any(cell.strip() for cell in cells[len(plan.table.header) :]):
                raise RowRefused("", _("The row has more cells than there are headings."), _("Is a quote missing?"))
            _stage(plan, row, values)
        except RowRefused as refused:
            plan.counts["refused"] += 1
            plan.stage.complain(Problem(row, refused.column, refused.reason, refused.suggestion))
            _remember_in_file(plan, row, values.get("number", ""))


def _stage(plan: Plan, row: int, values: dict[str, str]) -> None:
    cleaned = clean(row, values, region=plan.terms.phone_region)
    entry = Entry(cleaned.number, row, cleaned.fields)
    places = [plan.book.resolve(chain) for chain in cleaned.chains]
    working = any(place.is_work for place in places)
    for place in places:
        entry.places[place.ref] = cleaned.job if place.is_work or not working else Job()
    plan.stage.put(entry)
    plan.counts["addresses"] += any(values.get(name, "").strip() for name in ("private_email", "email"))
    plan.counts["swapped"] += cleaned.swapped
    for problem in cleaned.problems:
        plan.counts["addresses_refused"] += problem.column == "email"
        plan.counts["incomplete"] += 1
        plan.stage.complain(problem)


def _remember_in_file(plan: Plan, row: int, number: str) -> None:
    """A refused row still shows that the member has not left."""
    number = "".join(number.split())
    if number:
        plan.stage.put(Entry(number, row, partial=True))


# --- comparing ------------------------------------------------------------------------------------------------------


def known_members(numbers: list[str], *, on: datetime.date, lock: bool) -> dict[str, Known]:
    """What we know about these members: fields, placements that have not ended, corrections."""
    members = Member.unscoped.filter(number__in=numbers)
    members = members.select_for_update() if lock else members
    found: dict[int, tuple[str, Known]] = {}
    for pk, number, left_on, *values in members.values_list("pk", "number", "left_on", *FIELDS):
        found[pk] = number, Known(pk, dict(zip(FIELDS, values, strict=True)), left=left_on is not None)
    unended = Placement.objects.filter(Q(end__isnull=True) | Q(end__gte=on), member__in=list(found))
    columns = ("member_id", "pk", "unit_id", "start", "position", "employment", "main_employer")
    for member, pk, unit, start, *job in unended.values_list(*columns):
        found[member][1].held.append(Held(pk, unit, start, Job(*job)))
    corrected = Correction.objects.filter(member__in=list(found)).values_list("member_id", "field", "value")
    for member, name, value in corrected:
        found[member][1].corrections[name] = value
    return dict(found.values())


def _review(plan: Plan, examples: int, progress: Progress) -> None:
    done = 0
    for changes in plan.changes():
        done += len(changes)
        progress(_("members compared"), done)
        plan.counts["in_file"] += len(changes)
        for change in changes:
            kinds = change.kinds + (["corrected_here"] if change.kept else [])
            plan.counts.update(kinds or ["unchanged"])
            for kind in kinds:
                if len(plan.examples[kind]) < examples:
                    plan.examples[kind].append(change)
    for rows in plan.leaving():
        plan.counts["left"] += len(rows)
        plan.leavers += [(number, name.strip()) for _pk, number, name in rows][: examples - len(plan.leavers)]


def _stops(plan: Plan) -> Iterator[Stop]:
    counts, terms = plan.counts, plan.terms
    if counts["left"] > MOST_LEAVING * counts["covered"]:
        message = ngettext(
            "%(left)d of %(covered)d member would leave, more than 5 %%. Use --allow-leaving if that is right.",
            "%(left)d of %(covered)d members would leave, more than 5 %%. Use --allow-leaving if that is right.",
            counts["covered"],
        )
        yield Stop("leaving", message % {"left": counts["left"], "covered": counts["covered"]})
    if counts["swapped"] >= 2 and counts["swapped"] * 2 > counts["addresses"]:
        yield Stop("swapped", _("The e-mail and mobile columns have changed places. Put the headings right."))
    elif counts["addresses"] >= 10 and counts["addresses_refused"] * 2 > counts["addresses"]:
        yield Stop("addresses", _("More than half of the e-mail addresses cannot be used. Is it the right column?"))
    if counts["refused"] == counts["rows"]:
        yield Stop("nothing", _("No row of the file could be used."))
    same_or_above = [place.ref for place in plan.book.covers.line()]
    newest = RosterImport.objects.filter(covers__in=same_or_above).order_by("-as_of").first()
    if newest and newest.as_of > terms.as_of:
        when = timezone.localtime(newest.as_of).strftime("%Y-%m-%d %H:%M")
        yield Stop("older", _("A newer file (%s) has been imported. Use --as-of if this one is newer.") % when)
