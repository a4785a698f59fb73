"""By what a list of results can be narrowed, and how many each choice leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from cms.access import Reader
from cms.models import Entry
from cms.search.answers import Facet, Filters
from cms.search.index import Row

MOST = 8  # choices of a facet


def facets(reader: Reader, rows: Sequence[Row], filters: Filters) -> dict[str, list[Facet]]:
    """name of the filter -> its choices; a facet that would not narrow anything is left out, unless it is chosen."""
    ids, shelves = _shelves(reader, {row.shelf for row in rows} | {filters.shelf})
    levels = {"0": _("The whole union"), "1": _("Region"), "2": _("Branch or workplace")}
    years = {str(year): str(year) for year in {row.dated.year for row in rows} | {filters.year}}
    kinds = {value: str(label) for value, label in Entry.Kind.choices}
    found = {
        "kind": _choices((row.kind for row in rows), kinds, filters.kind or None),
        "shelf": _choices((ids.get(row.shelf) for row in rows), shelves, ids.get(filters.shelf)),
        "level": _choices((row.level for row in rows), levels, filters.level),
        "year": sorted(_choices((row.dated.year for row in rows), years, filters.year), key=_latest),
    }
    return {name: choices for name, choices in found.items() if len(choices) > 1 or any(c.chosen for c in choices)}


def _choices(values: Iterable[object], labels: dict[str, str], chosen: object) -> list[Facet]:
    """The commonest first; what has no label is not to be named."""
    counts = Counter({str(value): n for value, n in Counter(values).items()})
    if chosen is not None:
        counts.setdefault(str(chosen), 0)
    order = sorted(counts.keys() & labels.keys(), key=lambda value: (-counts[value], labels[value]))
    return [Facet(value, labels[value], counts[value], value == str(chosen)) for value in order[:MOST]]


def _latest(year: Facet) -> int:
    return -int(year.value)


def _shelves(reader: Reader, shelves: Iterable[int | None]) -> tuple[dict[int | None, str], dict[str, str]]:
    """Public ids by id, and titles by public id, of the shelves that the reader may read."""
    there = Entry.objects.within(reader).filter(pk__in=filter(None, shelves))
    found = [(pk, str(public), title) for pk, public, title in there.values_list("pk", "public_id", "title")]
    return {pk: public for pk, public, _title in found}, {public: title for _pk, public, title in found}
