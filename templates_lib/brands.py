"""Brands down the tree: union -> region -> branch. What a unit leaves empty, or may not set, comes from above."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from templates_lib.models import Brand as BrandRow
from templates_lib.render import colours, merge
from templates_lib.render.document import Brand

if TYPE_CHECKING:
    from comms.people.models import Unit

PLAIN = Brand(name="")
OWN = [field for fields in BrandRow.PARTS.values() for field in fields]
BESIDE = ("name", "logo")  # a unit's own stand beside those from above


def brand_for(unit: Unit) -> Brand:
    """How the unit looks, everything inherited; a plain brand in the union's name when there is none. One query."""
    lineage = [ancestor.pk for ancestor in unit.lineage()]
    rows = {row.unit_id: row for row in _stored().filter(unit__in=lineage)}
    return merged([rows[pk] for pk in lineage if pk in rows])


def merged(rows: Sequence[BrandRow]) -> Brand:
    """The brand of the last of `rows`, which go from the union downwards."""
    values: dict[str, Any] = {"name": settings.UNION_NAME}
    allowed = set(BrandRow.PARTS)
    for depth, row in enumerate(rows):
        for part, fields in BrandRow.PARTS.items():
            if part in allowed:
                values |= _of_part(part, fields, row, top=depth == 0)
        allowed &= set(row.below_may)
    clean: dict[str, Any] = {
        field: merge.clean_text(value) if isinstance(value, str) else value for field, value in values.items()
    }
    return dataclasses.replace(PLAIN, **clean)


def _of_part(part: str, fields: Sequence[str], row: BrandRow, *, top: bool) -> dict[str, Any]:
    """What a row sets of one part. A unit's own name and logo stand beside those from above."""
    own = {field: getattr(row, field) for field in fields if getattr(row, field)}
    if part == "logo":
        own = {"logo": row.logo.drawn(row.name)} if row.logo else {}
    if part in BESIDE and not top:
        return {f"own_{field}": value for field, value in own.items()}
    return own


def with_those_above(row: BrandRow) -> list[BrandRow]:
    """The row as it is being edited, after those it inherits from, the union's first."""
    return [*(_rows_above(row) if row.unit_id else []), row]


def inherited(row: BrandRow) -> Brand | None:
    """How the unit would look if it set nothing itself; None at the top, where there is nothing to inherit."""
    above = _rows_above(row) if row.unit_id else []
    return merged(above) if above else None


def closed(row: BrandRow) -> list[str]:
    """The fields that units above do not let this one set."""
    return _closed(_rows_above(row)) if row.unit_id else []


def objections(row: BrandRow) -> dict[str, str]:
    """Field -> why it cannot be saved: unreadable here or below (WCAG 2.2 AA, 4.5 to 1), or not allowed from above."""
    if not row.unit_id:
        return {}
    above = _rows_above(row)
    errors = _not_allowed(row, above)
    for rows in [[*above, row], *_below(row, above)]:
        for field, problem in _unreadable(merged(rows)).items():
            where = "" if rows[-1] is row else f"{rows[-1]}: "
            errors.setdefault(field, where + problem)
    return errors


def _stored() -> QuerySet[BrandRow]:
    return BrandRow.objects.select_related("logo").defer("logo__content")


def _rows_above(row: BrandRow) -> list[BrandRow]:
    lineage = [unit.pk for unit in row.unit.lineage()]
    rows = {one.unit_id: one for one in _stored().filter(unit__in=lineage).exclude(pk=row.pk)}
    return [rows[pk] for pk in lineage if pk in rows]


def _below(row: BrandRow, above: list[BrandRow]) -> list[list[BrandRow]]:
    """For every brand further down, its rows from the union downwards, `row` as it is about to be saved."""
    chains = []
    below = BrandRow.objects.filter(unit__path__startswith=row.unit.path).exclude(pk=row.pk).select_related("unit")
    for other in below.exclude(unit=row.unit).order_by("unit__path"):
        between = [one for one in below if other.unit.path.startswith(one.unit.path) and one.pk != other.pk]
        chains.append([*above, row, *sorted(between, key=lambda one: one.unit.path), other])
    return chains


def _closed(above: list[BrandRow]) -> list[str]:
    allowed = set(BrandRow.PARTS)
    for upper in above:
        allowed &= set(upper.below_may)
    return [field for part, fields in BrandRow.PARTS.items() if part not in allowed for field in fields]


def _not_allowed(row: BrandRow, above: list[BrandRow]) -> dict[str, str]:
    return {field: _("This is set further up. Leave it empty.") for field in _closed(above) if getattr(row, field)}


def _unreadable(brand: Brand) -> dict[str, str]:
    pairs = {"on_primary": (brand.on_primary, brand.primary), "ink": (brand.ink, brand.paper)}
    errors = {}
    for field, (text, background) in pairs.items():
        try:
            ratio = colours.contrast(text, background)
        except ValueError:
            continue  # not a colour: the field's own validator says so
        if ratio < colours.AA:
            errors[field] = _("Too little contrast to read: %(ratio).1f to 1, at least 4.5 is needed.") % {
                "ratio": ratio
            }
    return errors
