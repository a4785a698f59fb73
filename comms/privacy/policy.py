"""`retention.toml`, read: what is kept about people, how long, and why. Pure but for reading the file."""

from __future__ import annotations

import datetime
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dateutil.relativedelta import relativedelta

FILE = Path(__file__).with_name("retention.toml")
DONE = ("delete", "blank")  # what is carried out
WAYS = (*DONE, "with the member", "with the account", "with the mailing", "stays")
_PERIOD = re.compile(r"(\d+) (minute|day|month)s?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`data` are "app.Model.column" or "app.Model"; `keep` is a period ("30 days", "13 months") where `then` is one of
    `DONE`, else words. `by` names the function that carries it out when the nightly purge does not.
    """

    name: str
    data: tuple[str, ...]
    keep: str
    then: str
    why: str
    after: str = ""
    by: str = ""

    @property
    def is_nightly(self) -> bool:
        return self.then in DONE and not self.by

    def before(self, now: datetime.datetime) -> datetime.datetime:
        """What is older than this goes. Raises `ValueError` when `keep` is no period."""
        return now - self.period

    @property
    def period(self) -> relativedelta:
        if not (found := _PERIOD.match(self.keep)):
            raise ValueError(f"{self.name}: {self.keep!r} is no period")
        return relativedelta(**{f"{found[2]}s": int(found[1])})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Policy:
    rules: tuple[Rule, ...]
    plain: tuple[tuple[tuple[str, ...], str], ...]  # columns that say nothing about a person, and why


@cache
def policy() -> Policy:
    """Raises `TypeError` for a key that no rule has, and what `tomllib` raises."""
    read = tomllib.loads(FILE.read_text("utf-8"))
    rules = tuple(Rule(**{**rule, "data": tuple(rule["data"])}) for rule in read["rule"])
    return Policy(rules, tuple((tuple(part["data"]), part["why"]) for part in read["plain"]))


def rule(name: str) -> Rule:
    """Raises `KeyError`."""
    return {one.name: one for one in policy().rules}[name]


def kept(name: str) -> datetime.timedelta:
    """How long, for a rule that counts in days or minutes."""
    period = rule(name).period
    return datetime.timedelta(days=period.days, minutes=period.minutes)
