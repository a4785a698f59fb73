"""Words as the search compares them: tokens, folded spellings, roots and the parts of compounds. Pure.

`folding` gives each one spelling, in what is indexed and in what is typed alike. `root` joins
inflections (möte, mötet, mötena; medlem, medlemmar) of all three Scandinavian languages without knowing which one it
reads, so a root is one exact key in the index and not a prefix.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import snowballstemmer

from cms.search.folding import fold
from cms.search.lexicon import RAREST, rarity

LONGEST = 40  # letters of a token; what is longer is no word
NORDIC = ("swedish", "norwegian", "danish")
STEMMERS = {"sv": "swedish", "nb": "norwegian", "da": "danish", "en": "english"}
TOKEN = re.compile(r"[^\W_]+(?:[-\u2010\u2011\u00ad\u02bc'’][^\W_]+)*")
JOINT = re.compile(r"[-\u2010\u2011\u00ad\u02bc'’]")
TO_DANISH, TO_SWEDISH = str.maketrans("äöå", "æøå"), str.maketrans("æø", "äö")
GLUE = ("", "s", "e", "a", "u", "o")
SMALL = 3  # letters of the shortest part of a compound, and of a root
RAREST_OF = {3: 430, 4: 530}  # a short part must be a common word: letters -> `rarity` at most
OURS = frozenset("res rese mil lon tid lov ombud ledighet foraldra ars".split())  # noqa: SIM905  of our field, rare elsewhere
NO_HEADS = frozenset("for med kon pro till und ber ver fra mis bes and ang aven att som den det mot".split())  # noqa: SIM905
NO_TAILS = frozenset(
    "else elser elsen heter heten het ingen ingar inger garna lemmar skap koll takt mar are arna".split()  # noqa: SIM905
)
FILLERS = (
    "och att det som en ett i på är av för med till den har de inte om man jag vi du kan ska vad hur när var vem vilka"
    " vilken får eller mig min mitt mina någon så finns the of to and a is in for on what how do my are can vid bli"
    " og er til av ikke jeg det skal hva hvordan hvem hvor et ei mine hvad hvornår hvilke må hos fra från blir at ha"
    " mot noen nogen mange många hver"
)
STOP = frozenset(FILLERS.split())


def normal(text: str) -> str:
    """One way to write each character (NFC); soft hyphens go."""
    return unicodedata.normalize("NFC", text).replace("\u00ad", "")


def tokens(text: str) -> list[str]:
    """The words of a text as they stand, in order: lower case; "e-post" is "e-post"."""
    return [found for found in TOKEN.findall(normal(text).lower()) if len(found) <= LONGEST]


@lru_cache(maxsize=8)
def _stemmer(language: str) -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer(language)


def _letters(word: str, language: str) -> str:
    """The word with the vowels the stemmer knows: møte for Norwegian is möte for Swedish."""
    return word.translate(TO_SWEDISH if language == "swedish" else TO_DANISH)


@lru_cache(maxsize=65_536)
def stem(word: str, language: str) -> str:
    """Folded stem in one language ("sv", "nb", "da", "en")."""
    name = STEMMERS[language]
    return fold(_stemmer(name).stemWord(_letters(word, name) if name in NORDIC else word))


@lru_cache(maxsize=65_536)
def root(word: str) -> str:
    """Folded; the same for the inflections of a word in any Scandinavian language.

    The shortest of the three stems, and then what stemmers leave apart: mötena/möte, regeln/regel/regler,
    semestrar/semester, medlemmar/medlem. Never under three letters.
    """
    bare = word[:-2] if len(word) > 5 and word.endswith("ena") else word
    bare = bare[:-1] if re.search("[^aeiouysf]on$", bare) and len(bare) > 5 else bare
    stems = [fold(bare), *(stem(bare, language) for language in ("sv", "nb", "da"))]
    short = min((one for one in stems if len(one) >= SMALL), key=len, default=fold(word))
    if len(short) > 4 and short.endswith(("eln", "ern")):
        short = short[:-1]
    if len(short) == SMALL:
        return short
    if re.search("[^aeiouyl]l$", short):
        return f"{short[:-1]}el"
    return short[:-1] if re.search("[^aeiouyr]r$|mm$|nn$", short) else short


@lru_cache(maxsize=65_536)
def parts(folded: str) -> tuple[str, ...]:
    """The folded words a compound is made of, two to four of them, or none: medlemsmote -> (medlem, mote).

    Each half must be a word people use, and not a rarer one than the whole: protokoll is no proto + koll. The likeliest
    cut wins.
    """
    best = _cut(folded)
    if best is None:
        return ()
    return tuple(deep for half in best for deep in (parts(half) if len(half) > 9 else ()) or (half,))


def _cut(folded: str) -> tuple[str, str] | None:
    if len(folded) < 6 or not folded.isalpha():
        return None
    whole = rarity(folded) or RAREST
    cuts = [
        (left + right, (first, last))
        for first, last in _halves(folded)
        if last not in NO_TAILS and (right := _weight(last, whole))
        if first not in NO_HEADS and (left := _weight(first, whole))
    ]
    return max(cuts)[1] if cuts else None


def _halves(folded: str) -> Iterator[tuple[str, str]]:
    """Each place to cut at, with each letter that may glue the halves together."""
    for at in range(SMALL, len(folded) - SMALL + 1):
        for glue in GLUE:
            if folded[:at].endswith(glue) and at - len(glue) >= SMALL:
                yield folded[: at - len(glue)], folded[at:]


def _weight(part: str, whole: int) -> int:
    """How good a half it is, 0 for none: common, and long rather than short."""
    rare = 450 if part in OURS else rarity(part)
    if not rare or rare > min(RAREST_OF.get(len(part), RAREST) if part not in OURS else RAREST, whole + 30):
        return 0
    return 2000 - rare + 40 * min(len(part), 8)


def lexemes(text: str, language: str, *, most: int = 20_000) -> set[str]:
    """What a text is found by, of at most so many different words: each folded, its root and stem, and "_p" + the root
    of each part of a compound, so that a part can be told from a word. A stop word is "_x" and itself: "mot" must not
    be taken for what is left of "möte".
    """
    found: set[str] = set()
    for token in list(dict.fromkeys(tokens(text)))[:most]:
        for word in spelt(token):
            folded = fold(word)
            if word in STOP:
                found.add(f"_x{folded}")
            elif folded:
                found |= {folded, root(word), stem(word, language)}
                found.update(f"_p{root(part)}" for part in parts(folded))
    return found - {"", "_p"}


def spelt(token: str) -> tuple[str, ...]:
    """A word with hyphens as one and each of its parts; any other as it is."""
    pieces = [piece for piece in JOINT.split(token) if piece]
    return ("".join(pieces), *(pieces if len(pieces) > 1 else ()))
