"""One spelling for everybody: "årsmøte", "ÅRSMÖTE", "arsmote" and a decomposed "årsmöte" are "arsmote". Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

STROKES = str.maketrans({"ø": "o", "æ": "a", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "œ": "o"})


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """The one spelling of [a-z0-9] that stands for a word; "" where none of it is left."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", word).casefold()).translate(STROKES)
    plain = re.sub("[^a-z0-9]", "", plain)
    return re.sub("oe+", "o", re.sub("a[ae]+", "a", plain))
