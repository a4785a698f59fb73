"""One row of a membership file, understood: fields in our form, units by name, and what could not be used."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _

from comms.people.addresses import AddressRefused, normalise_address, suggest
from comms.people.phones import PhoneRefused, normalise_phone

LIMITS = {"first_name": 120, "last_name": 120, "street": 200, "postcode": 16, "city": 80, "position": 120}
UNION_KINDS = ("region", "branch", "club")
WORK_KINDS = ("employer", "mid_level", "workplace")
PARTICLES = {"von", "af", "av", "de", "van", "der", "den", "la", "le", "di", "da", "ten", "zu"}

LANGUAGES = {
    "sv": "sv swe svenska svensk swedish",
    "nb": "nb no nor nob nn norsk norska bokmål norwegian nynorsk",
    "da": "da dan dk dansk danska danish",
    "en": "en eng english engelska engelsk",
}
COUNTRIES = {
    "SE": "sverige sverige sweden swe sv",
    "NO": "norge noreg norway nor",
    "DK": "danmark denmark dnk",
    "FI": "finland suomi fin",
    "IS": "island iceland isl",
}
EMPLOYMENT = {
    "permanent": "fast fastansatt fastanställd fastansat permanent tillsvidare tillsvidareanställd "
    "tillsvidareanställning",
    "temporary": "vikar vikariat vikarie visstid visstidsanställd tidsbegränsad midlertidig midlertidigt tidsbegrænset "
    "tidsbestemt temporary timanställd timelønnet",
}
YES, NO = {"1", "ja", "j", "yes", "y", "x", "true", "sant", "sand"}, {"0", "nej", "nei", "n", "no", "false", "-"}


def _words(table: Mapping[str, str]) -> dict[str, str]:
    return {word: value for value, words in table.items() for word in [value.lower(), *words.split()]}


LANGUAGE_WORDS, COUNTRY_WORDS, EMPLOYMENT_WORDS = _words(LANGUAGES), _words(COUNTRIES), _words(EMPLOYMENT)


class Problem(NamedTuple):
    """What could not be used. `imported` says whether the rest of the row was."""

    row: int
    column: str
    reason: str
    suggestion: str = ""
    imported: bool = False


class RowRefused(Exception):
    """This row cannot be used at all; the others can."""

    def __init__(self, column: str, reason: str, suggestion: str = "") -> None:
        super().__init__(reason)
        self.column, self.reason, self.suggestion = column, reason, suggestion


class Job(NamedTuple):
    """What a placement says about the work; None where the file has no such column."""

    position: str | None = None
    employment: str | None = None
    main: bool | None = None


class Level(NamedTuple):
    """One step of the way down to a unit, as the file writes it."""

    kind: str
    code: str
    name: str


@dataclass
class Cleaned:
    number: str
    fields: dict[str, str]
    job: Job
    chains: list[tuple[Level, ...]]
    problems: list[Problem] = field(default_factory=list)
    swapped: bool = False


def tidy(value: str) -> str:
    """One line, composed letters (NFC), nothing invisible."""
    if not (value.isascii() and value.isprintable()):
        value = unicodedata.normalize("NFC", value)
        value = "".join(
            " " if c in "\r\n\t" else c for c in value if c in "\r\n\t" or unicodedata.category(c)[0] != "C"
        )
    return " ".join(value.split())


def clean(row: int, cells: Mapping[str, str], *, region: str) -> Cleaned:
    """`cells` maps the fields of `columns` to text; `region` is the country of phone numbers without a code.

    Raises `RowRefused` when we cannot tell whose row this is.
    """
    cells = {name: tidy(value) for name, value in cells.items()}
    if any("\ufffd" in value for value in cells.values()):
        raise RowRefused("", _("Some letters cannot be read."), _("Save the file as UTF-8."))
    cleaned = Cleaned(number(cells), {}, Job(), [])
    _put_name(cells, cleaned)
    for name in ("street", "postcode", "city"):
        if name in cells:
            cleaned.fields[name] = cells[name]
    _put_email(row, cells, cleaned)
    _put_mobile(row, cells, cleaned, region)
    _put_choice(row, cells, cleaned, "language", LANGUAGE_WORDS)
    _put_choice(row, cells, cleaned, "country", COUNTRY_WORDS)
    _put_job(row, cells, cleaned)
    _put_units(cells, cleaned)
    _keep_within_limits(row, cleaned)
    return cleaned


def number(cells: Mapping[str, str]) -> str:
    """The member number, our key. Raises `RowRefused`."""
    text = re.sub(r"\s", "", cells.get("number", ""))
    if not text:
        raise RowRefused("number", _("There is no member number."))
    if len(text) > 40 or "@" in text or not any(character.isdigit() for character in text):
        raise RowRefused("number", _("This is not a member number."), _("Are the columns in the right order?"))
    return text


def _put_name(cells: Mapping[str, str], cleaned: Cleaned) -> None:
    first, last = cells.get("first_name", ""), cells.get("last_name", "")
    if not (first or last):
        first, last = split_name(cells.get("name", ""))
    if not (first or last):
        raise RowRefused("name", _("There is no name."))
    if "@" in first + last:
        raise RowRefused("name", _("This is an e-mail address, not a name."), _("Are the columns in the right order?"))
    cleaned.fields |= {"first_name": first, "last_name": last}


def split_name(name: str) -> tuple[str, str]:
    """`(first, last)` of "Lind, Anna" and of "Anna Maria von Essen"."""
    if "," in name:
        last, _comma, first = name.partition(",")
        return first.strip(), last.strip()
    words = name.split()
    cut = len(words) - 1
    while cut > 1 and words[cut - 1].lower() in PARTICLES:
        cut -= 1
    return " ".join(words[:cut]), " ".join(words[cut:])


def _put_email(row: int, cells: Mapping[str, str], cleaned: Cleaned) -> None:
    """Of two addresses the private one: the other may be read at work."""
    if not {"private_email", "email"} & cells.keys():
        return
    text, address, problem = cells.get("private_email") or cells.get("email", ""), "", ""
    if text:
        try:
            address = normalise_address(text)
        except AddressRefused as refused:
            problem, suggestion = str(refused), refused.suggestion
            if "@" in cells.get("mobile", "") and "@" not in text:
                cleaned.swapped, suggestion = True, _("E-mail and mobile seem to have changed places.")
            cleaned.problems.append(Problem(row, "email", problem, suggestion, imported=True))
    cleaned.fields |= {"email": address, "email_problem": problem[:200]}


def _put_mobile(row: int, cells: Mapping[str, str], cleaned: Cleaned, region: str) -> None:
    if "mobile" not in cells:
        return
    cleaned.fields["mobile"] = ""
    if text := cells["mobile"]:
        try:
            cleaned.fields["mobile"] = normalise_phone(text, region)
        except PhoneRefused as refused:
            hint = suggest(text) if "@" in text else ""
            cleaned.problems.append(Problem(row, "mobile", str(refused), hint, imported=True))


def _put_choice(row: int, cells: Mapping[str, str], cleaned: Cleaned, name: str, words: dict[str, str]) -> None:
    """A field with a closed list of values; an unknown value leaves what we have."""
    text = cells.get(name, "").casefold()
    if text in words:
        cleaned.fields[name] = words[text]
    elif text:
        known = _("We know: %s.") % ", ".join(sorted(set(words.values())))
        cleaned.problems.append(Problem(row, name, _("“%s” is not on our list.") % text[:40], known, imported=True))


def _put_job(row: int, cells: Mapping[str, str], cleaned: Cleaned) -> None:
    employment: str | None = None
    if "employment" in cells:
        text = cells["employment"].casefold()
        employment = EMPLOYMENT_WORDS.get(text.split(" ")[0] if text else "", "")
        if text and not employment:
            reason, hint = _("“%s” is neither permanent nor temporary.") % text[:40], _("We know: %s.") % "fast, vikar"
            cleaned.problems.append(Problem(row, "employment", reason, hint, imported=True))
    main, word = None, cells.get("main_employer", "").casefold()
    if "main_employer" in cells:  # "ja"/"nej", or the name of the main employer
        main = word in YES or (word not in NO and word == (cells.get("employer") or word).casefold() != "")
    cleaned.job = Job(cells.get("position"), employment, main)


def _put_units(cells: Mapping[str, str], cleaned: Cleaned) -> None:
    cells = dict(cells)
    if not cells.get("employer") and cells.get("main_employer", "").casefold() not in YES | NO:
        cells["employer"] = cells.get("main_employer", "")
    for kinds in (UNION_KINDS, WORK_KINDS):
        levels = (Level(kind, cells.get(f"{kind}_code", ""), cells.get(kind, "")) for kind in kinds)
        if chain := tuple(level for level in levels if level.code or level.name):
            cleaned.chains.append(chain)
    for code in re.split(r"[;,|\s]+", cells.get("units", "")):
        if code:
            cleaned.chains.append((Level("", code, ""),))


def _keep_within_limits(row: int, cleaned: Cleaned) -> None:
    for name, limit in LIMITS.items():
        value = cleaned.job.position if name == "position" else cleaned.fields.get(name)
        if value and len(value) > limit:
            cleaned.problems.append(Problem(row, name, _("The text is too long and was cut."), "", imported=True))
            if name == "position":
                cleaned.job = cleaned.job._replace(position=value[:limit])
            else:
                cleaned.fields[name] = value[:limit]
