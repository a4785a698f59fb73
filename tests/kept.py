"""Rows that the tests of a file start from, made once for all of them.

They lie in a transaction around the tests' own, so every test finds them as they were made. Tests with transactions of
their own cannot have one around them: those make their rows themselves.

    kept_union, union = kept("union", make_union)
    kept_library, library = kept("library", make_library, "union")

makes the fixture `union`, and `library` from it. The order of tests within a file follows: what needs less comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from itertools import groupby
from operator import attrgetter
from typing import Any

import pytest
from django.db import models, transaction

_needs: dict[str, tuple[str, ...]] = {}  # the name of a fixture -> all it is made from, itself included
_made: set[str] = set()  # what is there now


def kept(name: str, make: Callable[..., Any], *needs: str) -> tuple[Any, Any]:
    """Two fixtures, `kept_name` and `name`: the rows of a file, and one test's own copy of them.

    `make` gets the values of the fixtures `needs`, which are kept too, and answers a dataclass.
    """
    _needs[name] = (*(one for need in needs for one in _needs[need]), name)

    @pytest.fixture(scope="module", name=f"kept_{name}")
    def rows(request: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
        found = [again(request.getfixturevalue(f"kept_{need}"), django_db_blocker) for need in needs]
        around = transaction.atomic()
        with django_db_blocker.unblock():
            around.__enter__()
            made = make(*found)
        _made.add(name)
        yield made
        _made.discard(name)
        with django_db_blocker.unblock():
            transaction.set_rollback(True)
            around.__exit__(None, None, None)

    @pytest.fixture(name=name)
    def own(request: Any, db: None, django_db_blocker: Any) -> Any:
        if name in _made:
            return again(request.getfixturevalue(f"kept_{name}"), django_db_blocker)
        return make(*map(request.getfixturevalue, needs))

    return rows, own


def again(made: Any, blocker: Any) -> Any:
    """The same, its rows read anew: nobody changes what the next test gets."""
    rows = {field.name: value for field in fields(made) if isinstance(value := getattr(made, field.name), models.Model)}
    fresh = {}
    with blocker.unblock():
        for kind, some in groupby(sorted(rows.values(), key=_kind), key=type):
            fresh |= {(kind, pk): row for pk, row in kind._base_manager.in_bulk([one.pk for one in some]).items()}
    return replace(made, **{name: fresh[type(row), row.pk] for name, row in rows.items()})


def _kind(row: models.Model) -> str:
    return type(row)._meta.label


def has_own_transactions(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction")) or not {"transactional_db", "live_server"}.isdisjoint(
        getattr(item, "fixturenames", ())
    )


def asks_for_a_database(item: pytest.Item) -> bool:
    ways = {"db", "transactional_db", "live_server", "django_db_setup"}
    return bool(item.get_closest_marker("django_db")) or not ways.isdisjoint(getattr(item, "fixturenames", ()))


def wanted(item: pytest.Item) -> set[str]:
    """The names of what is kept for this test."""
    if has_own_transactions(item):
        return set()
    names = [one for name in getattr(item, "fixturenames", ()) for one in _needs.get(name, ())]
    return {one for one in names if _is_here(item, f"kept_{one}")}


def _is_here(item: pytest.Item, name: str) -> bool:
    """Whether the file of the test knows the fixture: another file may have one of the same name that is not kept."""
    return bool(item.session._fixturemanager.getfixturedefs(name, item))


def arrange(items: list[pytest.Item]) -> None:
    """The tests of a file beside each other, those that need more after those that need less, each with what is kept
    for it made before its own transaction begins.
    """
    places = {path: n for n, path in enumerate(dict.fromkeys(map(attrgetter("path"), items)))}
    items.sort(key=lambda item: (places[item.path], not has_own_transactions(item), len(wanted(item))))
    for item in items:
        names = item.fixturenames  # type: ignore[attr-defined]
        for name in sorted(wanted(item), key=lambda name: -len(_needs[name])):
            if (rows := f"kept_{name}") not in names:
                names.insert(0, rows)


def nothing_else(item: pytest.Item) -> None:
    """Fails where a test would find rows of others."""
    assert _made <= wanted(item), f"{_made - wanted(item)} lie around {item.nodeid}"
