"""Why somebody did not get a mail, in plain words, and what one can do about it."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Reason(NamedTuple):
    """`text` completes "Not reached:"; `advice` says what to do, "" when there is nothing; `mend` whether the
    register of members can put it right.
    """

    text: str | Promise
    advice: str | Promise = ""
    mend: bool = False


ASK = _("Ask the person for another address, or call.")
LETTER = _("Send a letter or call.")

REASONS: dict[str, Reason] = {
    # decided before sending, by comms.privacy.permission
    "no_address": Reason(_("no e-mail address"), LETTER, mend=True),
    "bad_address": Reason(
        _("the e-mail address cannot be right"), _("Have it corrected in the membership register."), mend=True
    ),
    "erased": Reason(_("the person has been erased")),
    "left": Reason(_("no longer a member")),
    "moved": Reason(_("no longer in your mandate")),
    "restricted": Reason(_("the person has asked us to pause the use of their data")),
    "bounced": Reason(_("the mailbox does not exist"), ASK, mend=True),
    "complained": Reason(_("reported an earlier mail as unwanted"), LETTER),
    "prefers_letter": Reason(_("wants a letter instead of e-mail"), LETTER),
    "work_address": Reason(
        _("the address lies at their workplace, where the employer may be able to read it"),
        _("Ask for a private address. Send a letter or call."),
        mend=True,
    ),
    "refused_all": Reason(_("has said no to all e-mail")),
    "unsubscribed": Reason(_("has said no to this kind of mail")),
    "no_consent": Reason(_("has not said yes to offers")),
    "no_channel": Reason(_("wants it in another way than e-mail"), LETTER),
    # decided by us while sending
    "cancelled": Reason(_("the mailing was stopped first")),
    "smtputf8": Reason(_("the mail server cannot write to an address with such letters"), ASK),
    "expired": Reason(_("the receiving server did not accept it in two days"), _("Try again later, or call.")),
    # what the receiving server answered
    "mailbox_unknown": Reason(_("the mailbox does not exist"), ASK),
    "mailbox_full": Reason(_("the mailbox is full"), ASK),
    "mailbox_closed": Reason(_("the mailbox takes no mail"), ASK),
    "domain_unknown": Reason(_("the part after @ does not exist"), ASK),
    "too_large": Reason(_("the message is too large for the receiver"), _("Leave out the attachment.")),
    "policy": Reason(_("the receiving server's rules do not allow it"), _("Tell the staff: it may concern everybody.")),
    "refused": Reason(_("the receiving server refused it"), ASK),
    "too_late": Reason(_("it had begun before the mail could be sent"), _("Call.")),
    "paced": Reason(_("waits its turn: the receiving side takes only so many at a time")),
    "not_sent_on": Reason(_("the mail provider would not send it on"), _("Tell the staff: it may concern everybody.")),
    "provider_blocks": Reason(_("our mail provider no longer writes to this address"), ASK),
    "greylisted": Reason(_("the receiving server asks us to wait")),
    "server_busy": Reason(_("the receiving server is busy")),
    "later": Reason(_("the receiving server asks us to try later")),
    "no_answer": Reason(_("the server took it, but the answer got lost"), _("Ask one of them whether it came.")),
}

# Why a mailing stopped by itself (`Mailing.pause_reason`).
PAUSES: dict[str, Reason] = {
    "": Reason(_("paused by hand")),
    "no_connection": Reason(_("the mail server does not answer"), _("Nothing is lost. Continue when it works again.")),
    "server_refuses": Reason(_("the mail server does not let us send"), _("Tell the staff, then continue.")),
    "mandate_ended": Reason(_("the mandate it is sent under has ended"), _("Somebody with a mandate must send it.")),
    "many_bounces": Reason(_("many addresses do not exist"), _("Check the list before you continue.")),
    "not_buildable": Reason(_("the message cannot be put together"), _("Tell the staff.")),
    "restored": Reason(
        _("the system was restored from a backup"), _("Check the numbers with the staff before you continue.")
    ),
    "count_moved": Reason(_("the number of recipients has changed a lot"), _("Look at the list before you continue.")),
    "not_approved": Reason(
        _("somebody else must approve it by now"),
        _("Ask somebody else who may send here, or the staff, to look at it and continue."),
    ),
}


def explain(code: str) -> Reason:
    """The words for a code, "refused" for one nobody knows."""
    return REASONS.get(code) or PAUSES.get(code) or REASONS["refused"]
