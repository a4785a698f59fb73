"""What an SMTP answer means: pure. RFC 5321 §4.2, enhanced codes RFC 3463."""

from __future__ import annotations

import re
from typing import NamedTuple

from mailings.transports.base import Kind, Outcome

REPLY_CHARS = 300
ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:]+@[^\s<>()\[\]\"',;:]+")
ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})\b")
QUEUED_AS = re.compile(r"queued (?:as|mail for delivery as)?\s*<?([\w.-]{4,60})", re.IGNORECASE)

# Where the enhanced code says more than the number, the longest match wins.
BY_ENHANCED = {
    "1": "mailbox_unknown",
    "1.2": "domain_unknown",
    "1.7": "policy",  # the sender's address
    "1.8": "policy",
    "1.10": "domain_unknown",
    "2": "mailbox_closed",
    "2.2": "mailbox_full",
    "2.3": "too_large",
    "3.4": "too_large",
    "4.4": "domain_unknown",
    "6.7": "smtputf8",
    "7": "policy",
}
BY_CODE = {
    550: "mailbox_unknown",
    551: "mailbox_unknown",
    552: "too_large",
    553: "mailbox_unknown",
    556: "domain_unknown",
    450: "greylisted",
    451: "greylisted",
    452: "server_busy",
    421: "server_busy",
}


class Reply(NamedTuple):
    """One complete answer: `text` without the code, several lines joined by a space."""

    code: int
    text: str

    @property
    def enhanced(self) -> str:
        found = ENHANCED.match(self.text)
        return found[1] if found else ""


def outcome(reply: Reply, *, to: str = "", after_dot: bool = False) -> Outcome:
    """The outcome of a mail from the answer that decided it. Only an answer to the dot can accept."""
    said = redact(f"{reply.code} {reply.text}", to=to)
    if after_dot and 200 <= reply.code < 300:
        queued = QUEUED_AS.search(reply.text)
        return Outcome("accepted", reply=said, queue_id=queued[1] if queued else "")
    kind: Kind = "refused" if 500 <= reply.code < 600 else "deferred"
    return Outcome(kind, reason=_reason(reply, kind, after_dot), reply=said)


def _reason(reply: Reply, kind: Kind, after_dot: bool) -> str:
    _class, _dot, rest = reply.enhanced.partition(".")
    by_enhanced = BY_ENHANCED.get(rest) or BY_ENHANCED.get(rest.partition(".")[0])
    if kind == "deferred":
        busy = by_enhanced if by_enhanced == "mailbox_full" else BY_CODE.get(reply.code)
        return busy or "later"
    if by_enhanced:
        return by_enhanced
    if after_dot and reply.code in {550, 554}:
        return "policy"  # the mailbox was fine at RCPT; the content was not
    return BY_CODE.get(reply.code, "refused")


def redact(text: str, *, to: str = "") -> str:
    """The answer as it may be stored: one line, at most 300 characters, no address and no local part of one."""
    local, folded = to.rpartition("@")[0], text.lower()
    for word in (to, local) if len(local) > 2 else (to,):
        if word and word.lower() in folded:
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "<address>", text, flags=re.IGNORECASE)
    if "@" in text:
        text = ADDRESS.sub("<address>", text)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())[:REPLY_CHARS]
