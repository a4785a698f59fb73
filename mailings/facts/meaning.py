"""What a server's answer says about a mailbox: pure. In doubt it says nothing, so that nobody is shut out by mistake.

Enhanced codes: RFC 3463. What `transports.replies` says of an answer on the wire is said here of one quoted later.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from mailings.transports.replies import Reply, outcome

ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
CODE = re.compile(r"(?<![\d.\[:])([245]\d\d)(?=[ -])")
NOWHERE = {"mailbox_unknown", "domain_unknown"}
GONE = {"5.1.1", "5.1.2", "5.1.6", "5.1.10"}  # no such mailbox, no such domain, moved away, a domain without mail
NO_SUCH = re.compile(
    r"(user|mailbox|recipient|account|address)\b.{0,40}(unknown|not exist|not found|invalid)"
    r"|(unknown|no such|invalid) (\w+ ){0,2}(user|mailbox|recipient|account|address)",
    re.IGNORECASE,
)
NOT_THE_MAILBOX = re.compile(
    r"spam|black ?list|block|policy|reputation|dmarc|\bspf\b|dkim|relay|gr[ae]ylist|quota|\bfull\b|denied|virus"
    r"|too many|\brate\b|temporar|try (again|later)",
    re.IGNORECASE,
)


class Meaning(NamedTuple):
    """`reason` is a key of `mailings.reasons`; `hard` whether the mailbox is certainly not there."""

    reason: str
    hard: bool = False


def of(status: str, reply: str) -> Meaning:
    """Of a mail that was given up, by the report's status field ("" for none) and the server's answer."""
    code, enhanced = _code(reply), _enhanced(status, reply)
    if (enhanced or code).startswith("4"):
        return Meaning("mailbox_full" if enhanced.endswith(".2.2") else "expired")
    text = f"{enhanced} {reply}".strip()
    reason = outcome(Reply(int(code) if code.startswith("5") else 500, text)).reason
    if reason not in NOWHERE:
        return Meaning(reason)
    if NOT_THE_MAILBOX.search(reply):
        return Meaning("policy")
    vague = not enhanced or enhanced.endswith(".0.0")
    said_so = NO_SUCH.search(reply.replace("<address>", ""))  # which stands where we took one out
    return Meaning(reason, hard=bool(said_so) if vague else enhanced in GONE)


def no_such_mailbox(reply: str) -> bool:
    """Whether the server we spoke to said 5.1.1 and meant it: then once is enough."""
    return _enhanced("", reply) == "5.1.1" and of("", reply).hard


def _code(reply: str) -> str:
    found = CODE.search(reply)
    return found[1] if found else ""


def _enhanced(status: str, reply: str) -> str:
    """The code that says most: the server's own, unless it leaves the detail out."""
    codes = [*ENHANCED.findall(reply)[:1], *ENHANCED.findall(status)[:1]]
    return next((code for code in codes if not code.endswith(".0.0")), codes[0] if codes else "")
