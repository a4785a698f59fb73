"""Marks: lexemes that say whom a page is for and what it is, so that one index answers “these words, in what this
reader may read”. A word never begins with "_", so nobody can type a mark. Pure.

    _everybody     for every representative            _k<kind>   article, minutes, …
    _u<unit>       for that unit and those below it    _y<year>   of its date
    _b<unit>       for that unit or one below it       _s<shelf>  on that shelf or one below it
    _l<level>      as in `Entry.level`                 _t<language>
    _w<word>       a word of its title, or its root            _a<two or three letters a word of its title begins with>
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from cms.search.folding import fold
from cms.search.nodes import NOTHING, Node, all_of, any_of, leaf
from cms.search.words import STOP, root, spelt, tokens

if TYPE_CHECKING:
    from cms.access import Reader

SHORT = 3  # letters up to which a beginning is a mark of its own


def of_audience(everybody: bool, units: Iterable[int], above: Iterable[int]) -> set[str]:
    """`units` are whom it is for, `above` those and all units above them."""
    if everybody:
        return {"_everybody"}
    return {f"_u{pk}" for pk in units} | {f"_b{pk}" for pk in above}


def of_facts(*, kind: str, year: int, shelves: Iterable[int], level: int, language: str) -> set[str]:
    return {f"_k{kind}", f"_y{year}", f"_l{level}", f"_t{language}", *(f"_s{pk}" for pk in shelves)}


def of_title(title: str) -> set[str]:
    surface = [word for token in tokens(title) for word in spelt(token)]
    telling = [word for word in surface if word not in STOP]
    words = {fold(word) for word in surface} - {""}
    return {f"_w{word}" for word in (*words, *map(root, telling)) if word} | {
        f"_a{word[:n]}" for word in words for n in (2, SHORT) if len(word) >= n
    }


def begins(typed: str) -> Node:
    """Titles with a word that begins like this (folded, two letters at least)."""
    return leaf(f"_a{typed}") if len(typed) <= SHORT else leaf(f"_w{typed}", prefix=True)


def readable(reader: Reader, *, below: bool) -> Node | None:
    """The same as `Entry.objects.within`; None where there is no bound."""
    if reader.staff:
        return None
    if not reader.units:
        return NOTHING
    mine: Collection[int] = reader.own if below else ()
    return any_of([leaf("_everybody"), *(leaf(f"_u{pk}") for pk in reader.units), *(leaf(f"_b{pk}") for pk in mine)])


def chosen(*, kind: str, shelf: int | None, level: int | None, year: int | None) -> Node | None:
    """What the filters ask for; None for no filter."""
    asked = [("_k", kind or None), ("_s", shelf), ("_l", level), ("_y", year)]
    return all_of([leaf(f"{mark}{value}") for mark, value in asked if value is not None])
