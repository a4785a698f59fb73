"""What readers see of the library: one row per published page, with who may read it worked out.

Everything that lists, counts, searches or serves asks `Entry.objects.within(reader)`; a draft has no row.
"""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cms.access import Reader
from cms.models.base import LibraryPage
from cms.models.pages import ShelfPage
from comms.people.models import LANGUAGES, Unit
from comms.people.scope import ScopedManager


class EntryQuerySet(models.QuerySet["Entry"]):
    def within(self, reader: Reader, *, below: bool = True) -> Self:
        """What the reader may read: their own units', those above them, what is for everybody, and, unless `below` is
        switched off, what belongs to units below their own; nothing without a live mandate. Conditions, not joins, so
        nothing appears twice.
        """
        if reader.staff:
            return self
        if not reader.units:
            return self.none()
        mine = Q(pk__in=reader.units)
        for path in reader.paths if below else ():
            mine |= Q(path__startswith=path)
        rows = Entry.units.through._default_manager.filter(unit__in=Unit.objects.filter(mine))
        return self.filter(Q(everybody=True) | Q(pk__in=rows.values("entry")))

    def of_kind(self, *kinds: str) -> Self:
        return self.filter(kind__in=kinds)

    def newest(self) -> Self:
        return self.order_by("-dated", "-pk")


class Entry(models.Model):
    """A published page. `level`: how far down the union its readers are, 0 for everybody or the union, 1 for a region,
    2 for a branch and what is below.
    """

    class Kind(models.TextChoices):
        SHELF = "shelf", _("Topic")
        ARTICLE = "article", _("Article")
        MINUTES = "minutes", _("Minutes")
        DOCUMENT = "document", _("Document")
        NEWS = "news", _("News")

    page = models.OneToOneField(LibraryPage, on_delete=models.CASCADE, primary_key=True, related_name="entry")
    public_id = models.UUIDField(unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    language = models.CharField(max_length=2, choices=LANGUAGES)
    title = models.CharField(max_length=255)
    summary = models.TextField(blank=True)
    shelf = models.ForeignKey(ShelfPage, null=True, on_delete=models.SET_NULL, related_name="+")
    everybody = models.BooleanField()
    units = models.ManyToManyField(Unit, related_name="+")
    level = models.PositiveSmallIntegerField()
    open_to_all = models.BooleanField()
    dated = models.DateField(db_index=True)
    changed_at = models.DateTimeField()
    valid_until = models.DateField(null=True, db_index=True)

    objects = ScopedManager.from_queryset(EntryQuerySet)()
    unscoped = models.Manager.from_queryset(EntryQuerySet)()

    class Meta:
        base_manager_name = default_manager_name = "unscoped"

    def __str__(self) -> str:
        return self.title

    def is_expired(self, on: Any) -> bool:
        return self.valid_until is not None and self.valid_until < on


class Lexemes(models.TextField):
    """Words made ready for searching, separated by blanks: a `tsvector` on PostgreSQL, plain text elsewhere."""

    def db_type(self, connection: Any) -> str | None:
        return "tsvector" if connection.vendor == "postgresql" else super().db_type(connection)

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        return "%s::tsvector" if connection.vendor == "postgresql" else "%s"


class EntryText(models.Model):
    """The searched side of an entry, apart from it: large, and read by the search only.

    `head` holds what title and summary say, `body` all of it; both also hold whom the page is for (see
    `cms.search.marks`), so that one index answers “these words, in what this reader may read”. `text` is what a
    snippet is cut from.
    """

    entry = models.OneToOneField(Entry, on_delete=models.CASCADE, primary_key=True, related_name="searched")
    head = Lexemes()
    body = Lexemes()
    text = models.TextField()
