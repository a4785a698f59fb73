"""Searching: candidates from the index, in order of how well they answer, with what they have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models.functions import Left

from cms.access import Reader
from cms.models import BestBetPage, Entry, Synonyms
from cms.search import index, marks, rank, spelling
from cms.search.answers import Filters, Found, Hit
from cms.search.facets import facets
from cms.search.index import Row
from cms.search.nodes import Node, all_of
from cms.search.snippet import Marker
from cms.search.terms import Term, key, terms, words_in

IN_TITLE, IN_HEAD, IN_TEXT = 150, 100, 1000  # candidates at most
FEWEST, SHARE = 3, 0.3  # results below which pages with so much of the query are shown, too,
PARTS = 10  # at most so many of them
FEW = 10  # results below which words may be begun rather than whole in the text, too
READ = 100_000  # characters of a text in which the place to show is looked for


def search(
    reader: Reader,
    words: str,
    *,
    filters: Filters = Filters(),  # noqa: B008  (frozen)
    language: str = "sv",
    on: date,
    start: int = 0,
    size: int = 10,
    exact: bool = False,
) -> Found:
    """The entries within the reader's reach that say what was typed, `size` of them from `start` on.

    Without words everything there is, the newest first. When nothing is found, words nobody uses here are taken for
    the nearest that somebody does, unless `exact`.
    """
    groups = [one.lines() for one in Synonyms.objects.order_by("pk")]
    asked = terms(words, groups)
    if words.strip() and not asked:
        return Found()
    ground = Ground(reader, filters)
    found = candidates(ground, asked)
    corrected = "" if exact or found.rows or not asked else correction(ground, words, asked)
    if corrected:
        words, asked = corrected, terms(corrected, groups)
        found = candidates(ground, asked)
    if asked and len(found.rows) < (FEWEST if len(asked) > 1 else 1):
        found = with_some(ground, asked, found)
    best = best_bets(ground, words, found) if asked else []
    rows = rank.in_order(found.rows, asked, on=on, language=language, lacking=found.lacking)
    order = [*best, *(row.pk for row in rows if row.pk not in best)]
    return Found(
        hits=hits(ground, order[start : start + size], asked, best=best),
        total=min(len(order), IN_TEXT),
        whole=min(len(order) - len(found.lacking), IN_TEXT),
        capped=len(order) > IN_TEXT,
        facets=facets(reader, found.rows, filters),
        corrected=corrected,
    )


@dataclass(frozen=True, slots=True)
class Ground:
    """Where is searched: what the reader may read, narrowed by the filters."""

    reader: Reader
    filters: Filters

    def node(self, *more: Node | None) -> Node | None:
        asked = self.filters
        narrowed = marks.chosen(kind=asked.kind, shelf=asked.shelf, level=asked.level, year=asked.year)
        return all_of([*more, narrowed, self.within()])

    def within(self) -> Node | None:
        return marks.readable(self.reader, below=self.filters.below)


@dataclass(frozen=True, slots=True)
class Candidates:
    """`lacking`: of those that have only some of the query, by id, the share they lack."""

    rows: list[Row] = field(default_factory=list)
    lacking: dict[int, float] = field(default_factory=dict)


def candidates(ground: Ground, asked: Sequence[Term]) -> Candidates:
    """Entries with all the terms: by title, by title and summary, anywhere. Where these are few, also those whose text
    has words that begin as typed: looking for beginnings in all texts costs most.
    """
    title = ground.node(*(term.in_title() for term in asked))
    head = ground.node(*(term.node(prefix=True) for term in asked))
    body = ground.node(*(term.node(prefix=False) for term in asked))
    where = [("head", 0, title, IN_TITLE), ("head", 1, head, IN_HEAD)] if asked else []
    rows = index.rows([*where, ("body", 2, body, IN_TEXT + 1)])
    if asked and len(rows) < FEW:
        begun = ground.node(*(term.node(prefix=True) for term in asked))
        rows = index.rows([*where, ("body", 2, begun, IN_TEXT + 1)])
    return Candidates(rows)


def with_some(ground: Ground, asked: Sequence[Term], found: Candidates) -> Candidates:
    """Also those that have a good part of the query: some of its words, or a part of a compound."""
    terms = list(dict.fromkeys([*asked, *(piece for term in asked for piece in term.pieces)]))
    if len(terms) < 2:
        return found
    has: dict[int, list[Term]] = defaultdict(list)
    for pk, n in index.which([ground.node(term.node(prefix=True)) for term in terms], most=IN_TEXT):
        has[pk].append(terms[n])
    shares = {pk: rank.had(asked, some) for pk, some in has.items()}
    whole = {row.pk for row in found.rows}
    some = sorted((-share, -pk) for pk, share in shares.items() if share >= SHARE and pk not in whole)
    lacking = {-pk: 1 + share for share, pk in some[:PARTS]}
    return Candidates([*found.rows, *index.rows_of(lacking)], lacking)


def correction(ground: Ground, words: str, asked: Sequence[Term]) -> str:
    """The query with each word that nothing within reach has replaced by the nearest one; "" when none is near."""
    instead = {}
    for typed in dict.fromkeys(word for term in asked for word in term.words):
        if not index.exists("body", all_of([typed.node(prefix=True), ground.within()])):
            instead[typed] = spelling.nearest(typed.folded, ground.reader, below=ground.filters.below)
    if not any(instead.values()):
        return ""
    return " ".join(instead.get(word) or word.surface for word in words_in(words))


def best_bets(ground: Ground, words: str, found: Candidates) -> list[int]:
    """The pages staff have put first for this query, as far as they are within reach."""
    asked = key(words)
    bets = BestBetPage.objects.order_by("bet", "sort_order").values_list("bet__query", "page")
    chosen = list(dict.fromkeys(page for query, page in bets if key(query) == asked))
    if not chosen:
        return []
    readable = Entry.objects.within(ground.reader, below=ground.filters.below).filter(pk__in=chosen)
    if ground.filters:
        readable = readable.filter(pk__in=[row.pk for row in found.rows])
    there = set(readable.values_list("pk", flat=True))
    return [pk for pk in chosen if pk in there]


def hits(ground: Ground, ids: Sequence[int], asked: Sequence[Term], *, best: Collection[int]) -> list[Hit]:
    """Asks the reader's reach once more: whatever the index says, nothing else is shown."""
    entries = Entry.objects.within(ground.reader, below=ground.filters.below).filter(pk__in=ids)
    entries = entries.annotate(text=Left("searched__text", READ)).prefetch_related("units")
    shown = {entry.pk: entry for entry in entries}
    marker = Marker(asked)
    return [
        Hit(entry, marker.marked(entry.title), marker.snippet(entry.summary, entry.text or ""), best=pk in best)
        for pk in ids
        if (entry := shown.get(pk))
    ]
