"""From published pages to entries: what is published enters, what is withdrawn leaves, and a shelf takes along what
lies on it.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from cms.models import Entry, LibraryPage, ShelfPage
from comms.people.models import Unit

LEVELS: dict[str, int] = {Unit.Kind.UNION: 0, Unit.Kind.REGION: 1}  # everything else is a branch's or below: 2


def index(page: LibraryPage) -> None:
    """Brings the entry of one page up to date with what is published of it; without anything published it goes."""
    live = LibraryPage.objects.filter(pk=page.pk, live=True).first()
    if live is None or not live.specific.kind:
        Entry.unscoped.filter(pk=page.pk).delete()
        return
    page = live.specific
    everybody, units = page.readers()
    published = page.first_published_at or timezone.now()
    with transaction.atomic():
        entry, _created = Entry.unscoped.update_or_create(
            pk=page.pk,
            defaults={
                "public_id": page.public_id,
                "kind": page.kind,
                "language": page.language,
                "title": page.title,
                "summary": page.summary(),
                "shelf": shelf_of(page),
                "everybody": everybody,
                "level": max((LEVELS.get(unit.kind, 2) for unit in units), default=0),
                "open_to_all": page.open_to_all,
                "dated": page.day() or timezone.localdate(published),
                "changed_at": page.last_published_at or published,
                "valid_until": page.valid_until,
            },
        )
        entry.units.set(units)


def index_below(page: LibraryPage) -> None:
    """The page and everything under it: after its audience or its place has changed."""
    for one in LibraryPage.objects.descendant_of(page, inclusive=True).order_by("path"):
        index(one)


def shelf_of(page: LibraryPage) -> ShelfPage | None:
    """The shelf it lies on."""
    return ShelfPage.objects.ancestor_of(page).order_by("-depth").first()
