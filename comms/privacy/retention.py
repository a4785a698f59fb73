"""The policy carried out every night: oldest first, in small steps, repeatable.

Each app's `personal.py` says which rows a rule takes: `ROWS` maps a rule's name to `(before) -> rows to delete`,
`STEPS` to `(how many there are, what each statement has removed)` for what is more than deleting rows.
"""

from __future__ import annotations

import datetime
import time
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from django.apps import apps
from django.db.models import QuerySet

from comms.privacy import ledger
from comms.privacy.policy import Rule, policy

STEP = 2000  # rows in one statement
Moment = datetime.datetime
Rows = Callable[[Moment], QuerySet[Any]]
Steps = tuple[Callable[[Moment], int], Callable[[Moment], Iterator[int]]]


def modules() -> list[ModuleType]:
    """The `personal.py` of each of our apps that has one."""
    ours = [app.name for app in apps.get_app_configs() if app.name.split(".")[0] in {"comms", "cms", "mailings"}]
    return [import_module(f"{name}.personal") for name in ours if find_spec(f"{name}.personal")]


def executors() -> dict[str, Steps]:
    """Rule -> how it is carried out."""
    found: dict[str, Steps] = {"ledgers": (_old_ledgers, _remove_ledgers)}
    for module in modules():
        found |= {name: _deleting(rows) for name, rows in getattr(module, "ROWS", {}).items()}
        found |= getattr(module, "STEPS", {})
    return found


def nightly() -> list[tuple[Rule, Steps]]:
    how = executors()
    return [(rule, how[rule.name]) for rule in policy().rules if rule.is_nightly]


def due(*, now: Moment) -> dict[str, int]:
    """What a purge would remove now, counted; changes nothing."""
    return {rule.name: count(rule.before(now)) for rule, (count, _go) in nightly()}


def purge(*, now: Moment, seconds: float = 0) -> tuple[dict[str, int], bool]:
    """Remove it, stopping after so many seconds (0: when done). Answers the counts and whether all is done."""
    removed: Counter[str] = Counter()
    end = time.monotonic() + seconds
    for rule, (_count, go) in nightly():
        for n in go(rule.before(now)):
            removed[rule.name] += n
            if seconds and time.monotonic() > end:
                return _some(removed), False
    return _some(removed), True


def _some(removed: Counter[str]) -> dict[str, int]:
    return {name: n for name, n in removed.items() if n}


def _deleting(rows: Rows) -> Steps:
    def go(before: Moment) -> Iterator[int]:
        query = rows(before)
        while some := list(query.values_list("pk", flat=True)[:STEP]):
            yield query.model._base_manager.filter(pk__in=some).delete()[0]

    return lambda before: rows(before).count(), go


def _old_ledgers(before: Moment) -> int:
    return len(ledger.old_files(before=before))


def _remove_ledgers(before: Moment) -> Iterator[int]:
    for path in ledger.old_files(before=before):
        path.unlink(missing_ok=True)
        yield 1
