"""A plan in words for the person at the terminal, and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from comms.people.roster.cleaning import Problem
from comms.people.roster.diff import Change
from comms.people.roster.plan import Plan

PROBLEMS_IN_JSON = 10_000
LABELS = {
    "number": gettext_lazy("member number"),
    "name": gettext_lazy("name"),
    "first_name": gettext_lazy("first name"),
    "last_name": gettext_lazy("last name"),
    "email": gettext_lazy("e-mail"),
    "private_email": gettext_lazy("private e-mail"),
    "mobile": gettext_lazy("mobile"),
    "language": gettext_lazy("language"),
    "street": gettext_lazy("street address"),
    "postcode": gettext_lazy("postcode"),
    "city": gettext_lazy("town"),
    "country": gettext_lazy("country"),
    "position": gettext_lazy("position"),
    "employment": gettext_lazy("permanent or temporary"),
    "main_employer": gettext_lazy("main employer"),
    "region": gettext_lazy("region"),
    "branch": gettext_lazy("branch"),
    "club": gettext_lazy("club"),
    "employer": gettext_lazy("employer"),
    "mid_level": gettext_lazy("mid-level"),
    "workplace": gettext_lazy("workplace"),
    "units": gettext_lazy("units"),
}
KINDS = {
    "added": gettext_lazy("Members added"),
    "returned": gettext_lazy("Members who came back"),
    "changed": gettext_lazy("Members with changed details"),
    "moved": gettext_lazy("Members who moved"),
    "corrected_here": gettext_lazy("Corrected here, the registry says otherwise"),
}


def lines(plan: Plan, *, examples: int) -> Iterator[str]:
    """The whole report, line by line."""
    counts = plan.counts
    yield _row(_("Kind"), f"{plan.table.kind} ({plan.table.detail})")
    yield _row(_("Covers"), plan.terms.covers)
    yield _row(_("As of"), f"{timezone.localtime(plan.terms.as_of):%Y-%m-%d %H:%M}")
    yield _row(_("Rows"), counts["rows"])
    yield _row(_("Members in the file"), counts["in_file"])
    if plan.unused:
        yield _row(_("Columns not used"), ", ".join(plan.unused))
    for kind, label in KINDS.items():
        if counts[kind] or kind != "corrected_here":
            yield ""
            yield f"{label}: {counts[kind]}"
            yield from _some((f"  {describe(plan, change)}" for change in plan.examples[kind]), counts[kind], examples)
    yield ""
    yield _row(_("Members who left"), counts["left"])
    yield from _some((f"  {number}  {name}" for number, name in plan.leavers), counts["left"], examples)
    yield ""
    yield _row(_("Members unchanged"), counts["unchanged"])
    yield from _unit_lines(plan, examples)
    yield from _problem_lines(plan, examples)


def _row(label: str, value: object) -> str:
    """The label is translated where it is named: xgettext does not look into f-strings."""
    return f"{label}: {value}"


def _some(rows: Iterator[str], total: int, shown: int) -> Iterator[str]:
    yield from rows
    if total > shown:
        yield "  " + _("… and %d more") % (total - shown)


def _unit_lines(plan: Plan, examples: int) -> Iterator[str]:
    created = plan.book.created
    if created:
        yield ""
        yield _row(_("New units"), len(created))
    for place in created[:examples]:
        above = f" – {place.parent.name}" if place.parent else ""
        resembles = plan.book.resembles[place.ref]
        hint = "  " + _("(resembles %s)") % resembles if resembles else ""
        yield f"  {label(place.kind)}: {place.name}{above}{hint}"
    if len(created) > examples:
        yield "  " + _("… and %d more") % (len(created) - examples)


def _problem_lines(plan: Plan, examples: int) -> Iterator[str]:
    for title, imported, total in (
        (_("Rows refused"), False, plan.counts["refused"]),
        (_("Imported without"), True, plan.counts["incomplete"]),
    ):
        yield ""
        yield f"{title}: {total}"
        wanted = (f"  {sentence(p)}" for p in plan.stage.problems(imported=imported, limit=examples))
        yield from _some(wanted, total, examples)


def label(column: str) -> str:
    return str(LABELS.get(column.removesuffix("_code"), column))


def sentence(problem: Problem) -> str:
    """ "Row 17, e-mail: There is a space in the address. Did you mean “…”?" """
    where = _("row %d") % problem.row + (f", {label(problem.column)}" if problem.column else "")
    hint = problem.suggestion
    if hint and hint[-1] not in ".?":
        hint = _("Did you mean “%s”?") % hint
    return f"{where}: {problem.reason} {hint}".rstrip()


def describe(plan: Plan, change: Change) -> str:
    """One member and what happens to them."""
    names = plan.book.places
    fields = {"first_name": "", "last_name": ""} | (change.known.fields if change.known else {})
    fields |= {name: new for name, (_old, new) in change.fields.items()}
    parts = []
    if change.known:
        visible = ((name, pair) for name, pair in change.fields.items() if name in LABELS)
        parts += [f"{label(name)} “{old}” → “{new}”" for name, (old, new) in visible]
        parts += [f"{label(name)} “{change.known.fields[name]}” ≠ “{theirs}”" for name, theirs in change.kept.items()]
        parts += [_("employment details")] if change.adjust else []
    parts += [f"− {names[held.unit].name}" for held in change.end]
    parts += [f"+ {names[unit].name}" for unit in change.begin]
    return f"{change.entry.number}  {fields['first_name']} {fields['last_name']}: {'; '.join(parts)}"


def as_json(plan: Plan, *, applied: bool) -> dict[str, Any]:
    """Counts, examples and problems (at most `PROBLEMS_IN_JSON`; `counts` has them all)."""
    return {
        "applied": applied,
        "covers": plan.terms.covers.code,
        "as_of": plan.terms.as_of.isoformat(),
        "sha256": plan.table.sha256,
        "kind": plan.table.kind,
        "detail": plan.table.detail,
        "columns_not_used": plan.unused,
        "counts": dict(sorted(plan.counts.items())),
        "examples": {kind: [describe(plan, change) for change in changes] for kind, changes in plan.examples.items()},
        "left": [{"number": number, "name": name} for number, name in plan.leavers],
        "new_units": [{"kind": place.kind, "name": place.name, "code": place.code} for place in plan.book.created],
        "problems": [problem._asdict() for problem in plan.stage.problems(limit=PROBLEMS_IN_JSON)],
        "stops": [{"code": stop.code, "message": stop.message} for stop in plan.stops],
    }
