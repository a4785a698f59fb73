"""Words people may have meant: those of the titles and summaries they may read, never others' (threat S3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Q
from django.db.models.functions import Length
from rapidfuzz import process
from rapidfuzz.distance import OSA

from cms.access import Reader
from cms.models import Entry, Word
from cms.search import index
from cms.search.folding import fold
from cms.search.nodes import all_of, leaf
from cms.search.words import root, spelt, tokens

SHORTEST = 4  # letters of a word that may be mistyped: among shorter ones everything is near everything
Pair = tuple[int | None, str]  # (unit, folded word)


def words_of(entry: Entry) -> dict[str, str]:
    """The words of title and summary worth remembering: folded -> as written."""
    written = [word for token in tokens(f"{entry.title} {entry.summary}") for word in spelt(token)]
    return {key: word for word in written if len(key := fold(word)) >= SHORTEST and key.isalpha()}


def pairs(entry: Entry, units: Iterable[int]) -> set[Pair]:
    """Each of its words, for each unit it is for."""
    whom: list[int | None] = [None] if entry.everybody else list(units)
    return {(unit, word) for word in words_of(entry) for unit in whom}


def learn(found: Iterable[tuple[Entry, Iterable[int]]]) -> None:
    """Remembers the words of entries, each with whom it is for."""
    rows: dict[Pair, Word] = {}
    for entry, units in found:
        written = words_of(entry)
        rows |= {
            (unit, word): Word(unit_id=unit, word=word, written=written[word]) for unit, word in pairs(entry, units)
        }
    Word.objects.bulk_create(rows.values(), batch_size=1000, ignore_conflicts=True)


def forget(gone: Iterable[Pair], *, but: Iterable[int] = ()) -> None:
    """Words that an entry no longer has: out, unless another entry of that unit, not one of `but` (ids), has them."""
    for unit, word in gone:
        whom = leaf("_everybody" if unit is None else f"_u{unit}")
        if not index.exists("head", all_of([leaf(word), whom]), but=but):
            Word.objects.filter(unit=unit, word=word).delete()


def nearest(typed: str, reader: Reader, *, below: bool) -> str:
    """The word, as written, that the typed one (folded) is most like, "" for none. Fewer changes first, then the same
    beginning, then the alphabet: the same answer whatever others have.
    """
    most = _most(len(typed))
    if not most:
        return ""
    rows = Word.objects.filter(_within(reader, below=below)).annotate(letters=Length("word"))
    near = rows.filter(letters__gte=len(typed) - most, letters__lte=len(typed) + most + 3).values_list(
        "word", "written"
    )
    written = dict(near.order_by("written").distinct())
    words = list(written)
    key = root(typed)
    found = [
        (changes + extra, word[0] != typed[0], word)
        for asked, compared, extra in ((typed, words, 0.0), (key, [word[: len(key)] for word in words], 0.5))
        for word, changes in _near(asked, compared, words, most)
    ]
    return written[min(found)[2]] if found else ""


def _near(asked: str, compared: Sequence[str], words: Sequence[str], most: int) -> list[tuple[str, int]]:
    """The words whose `compared` are at most so many changes away, with how many."""
    found = process.extract(asked, compared, scorer=OSA.distance, score_cutoff=most, limit=20)
    return [(words[n], int(changes)) for _text, changes, n in found]


def _within(reader: Reader, *, below: bool) -> Q:
    if reader.staff:
        return Q()
    mine = Q(unit=None) | Q(unit__in=reader.units)
    for path in reader.paths if below else ():
        mine |= Q(unit__path__startswith=path)
    return mine


def _most(letters: int) -> int:
    """How many letters may be wrong."""
    return 0 if letters < SHORTEST else 1 if letters < 7 else 2 if letters < 13 else 3
