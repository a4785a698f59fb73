"""Every language of a mailing in words: who reads it, and what is left to write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import get_language, gettext, ngettext

from comms.people.models import LANGUAGES
from mailings import coverage
from mailings.coverage import Version
from mailings.models import Mailing
from templates_lib.models import InvitationTemplate


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language: the mailing in it, and how many of those it would reach read it."""

    version: Version
    readers: int
    is_own: bool  # the sender's own

    @property
    def language(self) -> str:
        return self.version.language

    @property
    def name(self) -> str:
        return str(dict(LANGUAGES)[self.language])

    @property
    def is_complete(self) -> bool:
        return self.version.is_complete

    @property
    def state(self) -> str:
        """How far it is, in a few words."""
        if self.is_own:
            return gettext("your text")
        if self.version.unwritten:
            return gettext("not written by the staff")
        if left := len(self.version.missing):
            return ngettext("%(n)d text left", "%(n)d texts left", left) % {"n": left}
        return gettext("complete")


def tongues(mailing: Mailing, design: InvitationTemplate, readers: Mapping[str, int]) -> list[Tongue]:
    """All languages, the sender's own first. `readers`: language -> how many of those reached read it."""
    codes = sorted((code for code, _name in LANGUAGES), key=lambda code: code != mailing.language)
    return [
        Tongue(coverage.version(mailing, design, code), readers.get(code, 0), is_own=code == mailing.language)
        for code in codes
    ]


def in_a_sentence(code: str) -> str:
    """The name of a language as it stands inside a sentence: only English writes it large."""
    name = str(dict(LANGUAGES)[code])
    return name if (get_language() or "").startswith("en") else name.lower()
