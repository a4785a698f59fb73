"""A mail that says nothing in a list of mails: a neutral subject, no words of the message beside it, and in From the
person's name alone. For a whole mailing, or only for those whom it reaches at an employer's address.

The address behind the name stays at the union's domain, and opening the mail shows everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import pgettext

from comms.people.models import EmployerDomain
from mailings.models import Mailing, Rendition, WorkMail
from templates_lib.render import merge
from templates_lib.render.document import Document

if TYPE_CHECKING:
    from mailings.composing import Rendered

SUBJECT, MAIL = "neutral_subject", "neutral_mail"  # of `Rendition.prints`, where somebody gets it so and others do not
BLANK = "\u00a0\u034f" * 100  # else a list of mails goes on with the first words of the message


def is_neutral(mailing: Mailing) -> bool:
    """Whether nobody's list of mails says what it is about: the sender's wish, or the staff's until it is confirmed."""
    return mailing.neutral or (mailing.confirmed_at is None and mailing.topic.neutral)


def spares_work(mailing: Mailing) -> bool:
    """Whether those at an employer's address are left out. A notice that is owed to them is not kept from them."""
    return mailing.work_mail == WorkMail.LEFT_OUT and mailing.topic.can_refuse


def hushes_work(mailing: Mailing) -> bool:
    """Whether those at an employer's address get it with a neutral subject, whatever the rest get."""
    return mailing.work_mail != WorkMail.OPEN and not spares_work(mailing)


def goes_apart(mailing: Mailing) -> bool:
    """Whether somebody may get it with another subject than the rest."""
    return hushes_work(mailing) and not is_neutral(mailing) and EmployerDomain.objects.exists()


def subject(language: str) -> str:
    with translation.override(language):
        return pgettext("message", "Message for you")


def preview_text(language: str) -> str:
    """What stands beside the subject."""
    with translation.override(language):
        return pgettext("message", "Open it to read.")


def outside(page: Document, mailing: Mailing, *, discreet: bool = False) -> Document:
    """The message as the mail has it: in a neutral mailing, or where it is wished, with nothing of itself outside."""
    if not (discreet or is_neutral(mailing)):
        return page
    beside = preview_text(page.language) + BLANK
    return replace(page, subject=subject(page.language), preheader=beside)


def from_name(mailing: Mailing) -> str:
    return merge.clean_line(mailing.mandate.user.get_full_name()) or subject(mailing.language)


def kept(face: Rendered) -> dict[str, str]:
    """The neutral mail as it is stored beside the other outputs of its language."""
    return {SUBJECT: face.subject, MAIL: face.html}


@dataclass(frozen=True, slots=True)
class Apart:
    """A stored rendition as those at an employer's address get it (`skeleton.Face`)."""

    whole: Rendition

    @property
    def language(self) -> str:
        return self.whole.language

    @property
    def subject(self) -> str:
        return self.whole.prints[SUBJECT]

    @property
    def html(self) -> str:
        return self.whole.prints[MAIL]

    @property
    def text(self) -> str:
        return self.whole.text

    @property
    def pdf_name(self) -> str:
        return f"{self.subject}.pdf"

    @property
    def prints(self) -> Mapping[str, str]:
        return self.whole.prints
