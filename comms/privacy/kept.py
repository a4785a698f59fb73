"""How long what we know about a member is kept, in words for that member. The periods are those of `retention.toml`."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from comms.privacy import policy


class Words(NamedTuple):
    """`until` where nobody counts days, else `after` what they are counted from."""

    what: Promise
    why: Promise
    after: Promise | str = ""
    until: Promise | str = ""


WORDS = {  # by the name of the rule
    "members": Words(
        _("Your details and where you belong"),
        _("so that those who are chosen to represent you can reach you"),
        until=_("as long as the membership register names you"),
    ),
    "answers": Words(
        _("What you said yes or no to"),
        _("to be able to show what you agreed to or refused, when and how"),
        until=_("as long as you are a member"),
    ),
    "refusals": Words(
        _("A code made from an address we must not write to"),
        _("so that your refusal stands whatever happens; nobody can read the address from the code"),
        until=_("until you lift the refusal, or staff do for a reason that is noted"),
    ),
    "wishes": Words(
        _("What you asked for about your data"),
        _("to be able to show what came of it"),
        after=_("after staff had seen to it"),
    ),
    "doubts": Words(
        _("That a mail to you came back"),
        _("two returned mails on different days mean that a mailbox is gone"),
        after=_("after it came back"),
    ),
    "access_log": Words(
        _("Who has looked at your details"), _("to be able to tell you"), after=_("after the day it happened")
    ),
    "export_files": Words(
        _("A member list with you in it that somebody took out as a file"),
        _("so that whoever ordered it can fetch it"),
        after=_("after it was ordered"),
    ),
    "recipients": Words(
        _("Your name and address in a mailing"),
        _("to be able to answer you when a mail did not come"),
        after=_("after the mailing was over"),
    ),
    "deliveries": Words(
        _("That a mailing was meant for you"),
        _("to be able to answer whether you were called to a meeting"),
        after=_("after the mailing was over"),
    ),
    "events": Words(
        _("What mail servers told about a mail to you"),
        _("to be able to answer you when a mail did not come"),
        after=_("after they told it"),
    ),
    "facts": Words(
        _("Returned mail as it came"), _("so that the same answer is not counted twice"), after=_("after it was read")
    ),
    "letters": Words(
        _("Letters to you, ready to print"), _("so that they can be printed again"), after=_("after they were drawn")
    ),
}


def rows() -> list[dict[str, str]]:
    """What, how long and why, in the language that is set now."""
    found = []
    for name, words in WORDS.items():
        how_long = str(words.until) or f"{_period(policy.rule(name).keep)} {words.after}"
        found.append({"what": str(words.what), "how_long": how_long, "why": str(words.why)})
    return found


def _period(keep: str) -> str:
    """ "13 months" of the file in the language that is set now."""
    number, unit = keep.split()
    n = int(number)
    if unit.startswith("month"):
        return ngettext("%(n)d month", "%(n)d months", n) % {"n": n}
    return ngettext("%(n)d day", "%(n)d days", n) % {"n": n}
