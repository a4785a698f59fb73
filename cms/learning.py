"""What people searched for and did not find, without saying who. See `cms.models.learning` for what is kept."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import re
import unicodedata
from itertools import combinations

from django.conf import settings
from django.db.models import F

from cms.access import Reader
from cms.models import Entry, LibraryPage, Unfound
from cms.models.learning import LONGEST_QUERY, Heard
from comms.people.models import Member, User

ENOUGH = 2  # people who searched for the same on one day
LATELY = datetime.timedelta(days=30)

_WAYS = (
    "gatan|gata|gate|gaten|gade|väg|vägen|veg|vegen|vei|veien|vej|vejen|gränd|torg|torget|plan|plass|plads|"
    "allé|allén|alle|stig|stigen|stien|backen"
)
PERSONAL = re.compile(rf"@|\d{{4}}|(?:\d[\s\-–./()+]*){{6}}|\w*(?:{_WAYS})\s+\d")


def hear(query: str, *, none_found: bool, by: User, on: datetime.date, pressed: bool = False) -> None:
    """Somebody found nothing for `query`, or opened nothing of what was found.

    Its words are kept when a second person searches for them on that day, or when the person `pressed` “Tell the
    staff”. One person counts once a day. What may be about a person is not kept at all.
    """
    words = in_words(query)
    if not words or may_be_personal(words):
        return
    heard, is_new = Heard.objects.get_or_create(
        query=_seal("query", on, words),
        person=_seal("person", on, by.pk, words),
        defaults={"none_found": none_found, "day": on},
    )
    if Unfound.objects.filter(text=words).exists():
        if is_new:
            _count(words, none_found=none_found, on=on)
        return
    alike = list(Heard.objects.filter(query=heard.query).values_list("none_found", flat=True))
    if pressed or len(alike) >= ENOUGH:
        none = sum(alike)
        counts = {"none_found": none, "not_opened": len(alike) - none, "last_on": on}
        Unfound.objects.get_or_create(text=words, defaults=counts)


def _count(words: str, *, none_found: bool, on: datetime.date) -> None:
    """Once more. What was thought answered and still finds nothing on a later day waits again."""
    field = "none_found" if none_found else "not_opened"
    row = Unfound.objects.filter(text=words)
    row.update(**{field: F(field) + 1}, last_on=on)
    if none_found:
        row.filter(state=Unfound.State.ANSWERED, closed_on__lt=on).update(state=Unfound.State.WAITING, closed_on=None)


def _seal(purpose: str, on: datetime.date, *values: object) -> str:
    """Says to nobody whose it is: keyed with the installation's secret, another one each day."""
    named = ":".join(map(str, ("unfound", purpose, on, *values)))
    return hmac.new(settings.SECRET_KEY.encode(), named.encode(), hashlib.sha256).hexdigest()


# --- words ------------------------------------------------------------------------------------------------------------
def in_words(query: str) -> str:
    """The search as it is compared and kept: one way to write it; "" for what is no search."""
    text = unicodedata.normalize("NFKC", query).lower()
    words = "".join(char if char.isprintable() else " " for char in text).split()
    text = " ".join(words).strip(" .,;:!?\"'”“»«")
    return text if len(text) <= LONGEST_QUERY and any(char.isalpha() for char in text) else ""


def may_be_personal(words: str) -> bool:
    """Looks like an address, a number, a telephone or a date of birth, or holds the full name of a member or user."""
    return bool(PERSONAL.search(words)) or _is_named_after_somebody(words)


def _is_named_after_somebody(words: str) -> bool:
    parts = [part.strip(".,;:!?\"'()") for part in words.split()[:8]]
    phrases = {" ".join(parts[start:end]) for start, end in combinations(range(len(parts) + 1), 2) if end - start < 4}
    names = {form for phrase in phrases for form in (phrase.title(), phrase[:1] + phrase.title()[1:])}
    if len(parts) < 2:
        return False
    named = {"first_name__in": names, "last_name__in": names}
    return Member.unscoped.filter(**named, erased_at__isnull=True).exists() or User.objects.filter(**named).exists()


# --- what becomes of it -----------------------------------------------------------------------------------------------
def answered_by(page: LibraryPage, *, on: datetime.date) -> None:
    """The page is published: what it was begun for is answered."""
    waiting = Unfound.objects.filter(page=page.pk, state=Unfound.State.WAITING)
    waiting.update(state=Unfound.State.ANSWERED, closed_on=on)


def answered_lately(reader: Reader, on: datetime.date) -> list[Entry]:
    """The pages, of those the reader may read, that answer what nobody found before; newest first, five at most."""
    answers = Unfound.objects.filter(state=Unfound.State.ANSWERED, closed_on__gt=on - LATELY, page__isnull=False)
    return list(Entry.objects.within(reader).filter(pk__in=answers.values("page")).newest()[:5])
