"""A plan in words for the person at the terminal, and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from cms.importing.article import Refusal
from cms.importing.plan import Change, Plan


def lines(plan: Plan, *, examples: int) -> Iterator[str]:
    """The whole report, line by line."""
    parts = [
        _("%d new") % len(plan.new),
        _("%d changed") % len(plan.changed),
        _("%d unchanged") % plan.unchanged,
        _("%d refused") % len(plan.refusals),
    ]
    if plan.published:
        parts.insert(2, _("%d to publish") % len(plan.published))
    yield ", ".join(parts)
    for title, changes in (
        (_("New pages"), plan.new),
        (_("Changed pages"), plan.changed),
        (_("Pages to publish"), plan.published),
    ):
        if changes:
            yield from _part(title, (_told(change) for change in changes), len(changes), examples)
    without = [(change.article.path, what) for change in plan.todo() for what in change.article.without]
    if without:
        yield from _part(_("Imported without"), (f"{path}: {what}" for path, what in without), len(without), examples)
    if plan.reading.unused:
        yield ""
        yield _("Keys not used") + ": " + ", ".join(f"{key} ({n})" for key, n in sorted(plan.reading.unused.items()))
    if plan.refusals:
        yield from _part(_("Files refused"), map(sentence, plan.refusals), len(plan.refusals), len(plan.refusals))


def _part(title: str, rows: Iterable[str], total: int, shown: int) -> Iterator[str]:
    yield ""
    yield f"{title}: {total}"
    yield from (f"  {row}" for _number, row in zip(range(shown), rows, strict=False))
    if total > shown:
        yield "  " + _("… and %d more") % (total - shown)


def _told(change: Change) -> str:
    return f"{change.article.path}: {change.article.title}"


def sentence(refusal: Refusal) -> str:
    """ "meetings/annual.md, line 4: …" """
    where = refusal.path + (", " + _("line %d") % refusal.line if refusal.line else "")
    return f"{where}: {refusal.reason}"


def as_json(plan: Plan, *, written: int) -> dict[str, Any]:
    return {
        "written": written,
        "new": [change.article.key for change in plan.new],
        "changed": [change.article.key for change in plan.changed],
        "published": [change.article.key for change in plan.published],
        "unchanged": plan.unchanged,
        "refused": [refusal._asdict() for refusal in plan.refusals],
        "without": [[c.article.path, what] for c in plan.todo() for what in c.article.without],
        "keys_not_used": dict(plan.reading.unused),
    }
