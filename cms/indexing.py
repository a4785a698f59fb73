"""From published pages to entries and what they are found by: what is published enters, what is withdrawn leaves, and
a shelf takes along what lies on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet, prefetch_related_objects
from django.utils import timezone

from cms.models import Entry, EntryText, LibraryPage, ShelfPage, Word
from cms.models.base import Audience
from cms.models.files import text_of
from cms.search import filing, spelling
from cms.search import index as searched
from comms.people.models import Unit

LEVELS: dict[str, int] = {Unit.Kind.UNION: 0, Unit.Kind.REGION: 1}  # everything else is a branch's or below: 2
FACTS = [
    "public_id", "kind", "language", "title", "summary", "shelf", "everybody", "level", "open_to_all", "dated",
    "changed_at", "valid_until",
]  # fmt: skip


def index(page: LibraryPage) -> None:
    """Brings the entry of one page up to date with what is published of it; without anything published it goes."""
    live = LibraryPage.objects.filter(pk=page.pk, live=True).specific().first()
    if live is None or not live.kind:
        Entry.unscoped.filter(pk=page.pk).delete()
        return
    file([live], around=Around())


def index_below(page: LibraryPage) -> None:
    """The page and everything under it: after its audience or its place has changed."""
    below = LibraryPage.objects.descendant_of(page, inclusive=True)
    Entry.unscoped.filter(pk__in=below.filter(live=False).values("pk")).delete()
    for _done in _in_chunks(below, at_once=500):
        pass


def index_everything(*, at_once: int = 500) -> Iterator[tuple[int, int]]:
    """All of it again, from the published pages; says after each chunk how many of how many are done."""
    pages = LibraryPage.objects.filter(live=True, homepage__isnull=True)
    Entry.unscoped.exclude(pk__in=pages.values("pk")).delete()
    Word.objects.all().delete()
    yield from _in_chunks(pages, at_once=at_once)
    searched.tidy()


def _in_chunks(pages: QuerySet[LibraryPage], *, at_once: int) -> Iterator[tuple[int, int]]:
    """Files what is published of these, `at_once` pages in a transaction; after each, how many of how many are done."""
    published = pages.filter(live=True, homepage__isnull=True).order_by("path")
    ids = list(published.values_list("pk", flat=True))
    around = Around()
    for start in range(0, len(ids), at_once):
        chunk = LibraryPage.objects.filter(pk__in=ids[start : start + at_once]).order_by("path")
        file(list(chunk.specific()), around=around)
        yield min(start + at_once, len(ids)), len(ids)


@dataclass
class Around:
    """What lies above pages, remembered from one to the next: shelves and units by treebeard path."""

    shelves: dict[str, LibraryPage | None] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    readers: dict[str, tuple[bool, list[Unit]]] = field(default_factory=dict)

    def shelves_of(self, page: LibraryPage) -> list[LibraryPage]:
        """The shelves it lies on, the nearest first."""
        paths = [page.path[:end] for end in range(len(page.path) - page.steplen, 0, -page.steplen)]
        missing = [path for path in paths if path not in self.shelves]
        if missing:
            self.shelves |= dict.fromkeys(missing)
            self.shelves |= {shelf.path: shelf for shelf in ShelfPage.objects.filter(path__in=missing)}
        return [shelf for path in paths if (shelf := self.shelves[path])]

    def readers_of(self, page: LibraryPage) -> tuple[bool, list[Unit]]:
        """As `LibraryPage.readers`, asked once for the place and not for each page."""
        if page.audience != Audience.INHERITED:
            return page.readers()
        place = page.path[: -page.steplen]
        if place not in self.readers:
            self.readers[place] = page.readers()
        return self.readers[place]

    def above(self, units: Sequence[Unit]) -> set[int]:
        """Ids of the units and of all above them."""
        steps = {unit.path[:end] for unit in units for end in range(Unit.steplen, len(unit.path) + 1, Unit.steplen)}
        if missing := steps - self.units.keys():
            self.units |= dict(Unit.objects.filter(path__in=missing).values_list("path", "pk"))
        return {self.units[step] for step in steps}


@transaction.atomic
def file(pages: Sequence[LibraryPage], *, around: Around) -> None:
    """Entries, readers, searched words and words for spelling of these published pages."""
    prefetch_related_objects(pages, "attachments__document", "subjects")
    found = [(page, *around.readers_of(page)) for page in pages]
    entries = [entry_of(page, everybody, units, around) for page, everybody, units in found]
    before = _pairs(list(Entry.unscoped.filter(pk__in=[page.pk for page in pages]).prefetch_related("units")))
    Entry.unscoped.bulk_create(entries, update_conflicts=True, unique_fields=["page"], update_fields=FACTS)
    through = Entry.units.through._default_manager
    through.filter(entry__in=entries).delete()
    whose = [(entry, [unit.pk for unit in units]) for entry, (_page, _all, units) in zip(entries, found, strict=True)]
    through.bulk_create(through.model(entry=entry, unit_id=pk) for entry, units in whose for pk in units)
    EntryText.objects.filter(entry__in=entries).delete()
    EntryText.objects.bulk_create(
        filing.row(
            entry,
            text_in(page),
            units=[unit.pk for unit in units],
            above=around.above(units),
            shelves=[shelf.pk for shelf in around.shelves_of(page)],
        )
        for entry, (page, _all, units) in zip(entries, found, strict=True)
    )
    spelling.learn(whose)
    after = {pair for entry, units in whose for pair in spelling.pairs(entry, units)}
    spelling.forget(before - after)


def _pairs(entries: Sequence[Entry]) -> set[spelling.Pair]:
    return {pair for entry in entries for pair in spelling.pairs(entry, [unit.pk for unit in entry.units.all()])}


def entry_of(page: LibraryPage, everybody: bool, units: Sequence[Unit], around: Around) -> Entry:
    published = page.first_published_at or timezone.now()
    return Entry(
        page=page,
        public_id=page.public_id,
        kind=page.kind,
        language=page.language,
        title=page.title,
        summary=page.summary(),
        shelf=next(iter(around.shelves_of(page)), None),
        everybody=everybody,
        level=max((LEVELS.get(unit.kind, 2) for unit in units), default=0),
        open_to_all=page.open_to_all,
        dated=page.day() or timezone.localdate(published),
        changed_at=page.last_published_at or published,
        valid_until=page.valid_until,
    )


def text_in(page: LibraryPage) -> str:
    """Everything it says beside title and summary: its text, what it is about, its files by name and by content."""
    names = [str(attachment) for attachment in page.attachments.all()]
    subjects = [subject.name for subject in page.subjects.all()]
    return "\n".join(filter(None, [page.plain_text(), *subjects, *names, text_of(page)]))


def forgotten(entry: Entry) -> None:
    """The entry is about to go: words that stood in it alone go with it."""
    spelling.forget(_pairs([entry]), but=[entry.pk])
