"""What somebody typed, as terms: each a word or a phrase staff know others for, with everything that may stand for it.
Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from cms.search.folding import fold
from cms.search.lexicon import RAREST, rarity
from cms.search.nodes import Node, all_of, any_of, leaf
from cms.search.words import STEMMERS, STOP, parts, root, spelt, stem, tokens

MOST = 12  # terms of a query; nobody remembers what came after
BEGINNING = 3  # letters from which a typed word also stands for the words that begin like it
TRUNK = 5  # and from which what it has in common with its relatives does


@dataclass(frozen=True)
class Typed:
    """One word: as typed, in lower case."""

    surface: str

    @cached_property
    def likes(self) -> dict[str, float]:
        """How much words of pages are this one (`rank.likeness`), by the word."""
        return {}

    @cached_property
    def folded(self) -> str:
        return fold(spelt(self.surface)[0])

    @cached_property
    def root(self) -> str:
        return root(spelt(self.surface)[0])

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """Roots of what a compound, or a word with hyphens, is made of; of one that is none, nothing."""
        pieces = spelt(self.surface)[1:]
        return tuple(root(piece) for piece in pieces or parts(self.folded) if fold(piece))

    @cached_property
    def trunk(self) -> str:
        """What a noun has in common with its verb (överlämning, överlämna); "" where too little is left."""
        short = re.sub("(n?ing|else|ande|ende|are|ere|het|n)$", "", self.root)
        return short if len(short) >= TRUNK else ""

    @cached_property
    def weight(self) -> float:
        """How telling the word is, by how rare it is in the language: 0.3 for "jag", 3 for what nobody says."""
        return max(0.3, ((rarity(self.folded) or RAREST) - 200) / 150)

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """The word, its root, and its stem in each language: lexemes that are this word. A stop word has one."""
        if self.surface in STOP:
            return (f"_x{self.folded}",)
        stems = (stem(spelt(self.surface)[0], language) for language in STEMMERS)
        return tuple(dict.fromkeys([self.folded, self.root, *filter(None, stems)]))

    def node(self, *, prefix: bool) -> Node:
        """The word anywhere, also as a part of a compound; or all the parts it is made of itself."""
        begun = [one for one in (self.folded, self.trunk) if prefix and len(one) >= BEGINNING]
        pieces = all_of([any_of([leaf(part), leaf(f"_p{part}")]) for part in self.parts])
        if self.surface in STOP:
            return leaf(self.forms[0])
        whole = [*map(leaf, self.forms), leaf(f"_p{self.root}"), *(leaf(one, prefix=True) for one in begun)]
        return any_of([*whole, pieces] if pieces else whole)

    def in_title(self) -> Node:
        return any_of([leaf(f"_w{self.folded}"), leaf(f"_w{self.root}")])


@dataclass(frozen=True)
class Term:
    words: tuple[Typed, ...]
    synonyms: tuple[tuple[Typed, ...], ...] = ()

    @property
    def weight(self) -> float:
        return max(word.weight for word in self.words)

    @property
    def pieces(self) -> list[Term]:
        """What a compound is made of, each a term of its own."""
        return [Term((Typed(part),)) for word in self.words for part in word.parts]

    @property
    def ways(self) -> tuple[tuple[Typed, ...], ...]:
        """Itself and its synonyms, each one or more words."""
        return (self.words, *self.synonyms)

    def node(self, *, prefix: bool) -> Node:
        return any_of(_all(word.node(prefix=prefix and way is self.words) for word in way) for way in self.ways)

    def in_title(self) -> Node:
        return any_of(_all(word.in_title() for word in way) for way in self.ways)


def _all(nodes: Iterable[Node]) -> Node:
    found = all_of(nodes)
    assert found is not None
    return found


def words_in(text: str) -> list[Typed]:
    return [word for word in map(Typed, tokens(text)) if word.folded]


def key(text: str) -> tuple[str, ...]:
    """What two writings of the same query share."""
    return tuple(word.root for word in words_in(text))


def terms(text: str, groups: Sequence[Sequence[str]] = ()) -> list[Term]:
    """The terms of a query; `groups` are the staff's synonyms, each words or phrases that stand for one another. Stop
    words count only where nothing else was typed.
    """
    typed = words_in(text)
    telling = [word for word in typed if word.surface not in STOP]
    left = list(dict.fromkeys(telling or typed))[: MOST * 2]
    phrases = sorted(_phrases(groups), key=lambda found: -len(found[0]))
    found = []
    while left:
        term = next((term for said, term in phrases if said == tuple(w.root for w in left[: len(said)])), None)
        long = len(term.words) if term else 1
        found.append(replace(term, words=tuple(left[:long])) if term else Term((left[0],)))
        left = left[long:]
    return found[:MOST]


def _phrases(groups: Sequence[Sequence[str]]) -> Iterable[tuple[tuple[str, ...], Term]]:
    """Each line of the synonyms by its roots, with the other lines of its group."""
    for group in groups:
        lines = [tuple(word for word in words_in(line) if word.surface not in STOP) for line in group]
        lines = [line for line in lines if line]
        for line in lines:
            yield tuple(word.root for word in line), Term(line, tuple(other for other in lines if other != line))
