"""How common words are: the lists of `wordfreq`, read without its tokenizers and kept small. Loaded when first asked.

They come as packed buckets of words, the n-th holding those of frequency 10 ** (-n / 100).
"""

from __future__ import annotations

import gzip
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import msgpack

from cms.search.folding import fold

FILES = ("large_sv", "large_nb", "small_da")
RAREST = 650  # 10 ** -6.5: what is rarer is mostly misspelt or a name


def rarity(word: str) -> int:
    """Hundredths of decades below one: 300 is every thousandth word; 0 for a word that is not known. Folded."""
    return _known().get(word, 0)


@cache
def _known() -> dict[str, int]:
    """Folded word -> its bucket, the commonest where several words or languages fold to one."""
    known: dict[str, int] = {}
    for name in FILES:
        for bucket, found in enumerate(_buckets(name)[1 : RAREST + 1], start=1):
            for word in found:
                key = fold.__wrapped__(word)
                if len(key) > 2 and key.isalpha() and bucket < known.get(key, RAREST + 1):
                    known[key] = bucket
    return known


def _buckets(name: str) -> list[list[str]]:
    spec = find_spec("wordfreq")
    assert spec is not None
    assert spec.submodule_search_locations
    with gzip.open(Path(spec.submodule_search_locations[0]) / "data" / f"{name}.msgpack.gz") as packed:
        found: list[list[str]] = msgpack.load(packed, raw=False)
    return found
