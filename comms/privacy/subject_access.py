"""Everything we know about one person, as they may ask for it (GDPR art. 15 and 20)."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from comms.people.models import Member
from comms.privacy import kept, retention

Part = list[dict[str, Any]]
"""Rows of one kind, each from column to a value that JSON can hold or a moment."""

PARTS = {
    "profile": _("Who you are"), "placements": _("Where you belong"), "corrections": _("What was put right here"),
    "answers": _("What you said yes or no to"), "refusals": _("Addresses we do not write to"),
    "wishes": _("What you asked for about your data"), "looks": _("Who has looked at your details"),
    "messages": _("What we have sent you"), "lists": _("Member lists with you in them, taken out as files"),
}  # fmt: skip
COLUMNS = {
    "number": _("Member number"), "first_name": _("First name"), "last_name": _("Last name"), "email": _("E-mail"),
    "email_problem": _("What is wrong with the e-mail address"), "mobile": _("Mobile"), "street": _("Street address"),
    "postcode": _("Postcode"), "city": _("Town"), "country": _("Country"), "language": _("Language"),
    "left_on": _("Left on"), "restricted": _("Use of the data paused"), "erased_at": _("Taken out"),
    "as_of": _("As the register said"), "unit": _("Unit"), "from": _("From"), "until": _("Until"),
    "position": _("Position"), "field": _("What"), "value": _("New value"), "at": _("When"), "topic": _("Topic"),
    "channel": _("By"), "yes": _("Yes"), "how": _("How it was said"), "basis": _("Legal basis"), "reason": _("Reason"),
    "what": _("What"), "said": _("New value"), "state": _("How it stands"), "answer": _("Answer"), "by": _("By whom"),
    "why": _("Why"), "who": _("By whom"), "mandate": _("Mandate"), "subject": _("Subject"), "sent_at": _("Sent"),
    "to": _("To"), "purpose": _("Purpose"), "legal_basis": _("Legal basis"),
}  # fmt: skip


def export(member: Member, *, now: datetime.datetime) -> dict[str, Any]:
    """What each app's `personal.py` knows, by the name of the part, and how long what is kept.

    `made_at`, `number`, `parts` (name -> rows), `kept` (what, how long, why).
    """
    parts: dict[str, Part] = {}
    for module in retention.modules():
        if hasattr(module, "export"):
            parts |= module.export(member)
    return {"made_at": now, "number": member.number, "parts": parts, "kept": kept.rows()}


@dataclass(frozen=True, slots=True)
class Copy:
    """The export as it is handed over: the same facts for a computer and for the member to read."""

    found: dict[str, Any]
    language: str

    @classmethod
    def of(cls, member: Member, *, now: datetime.datetime) -> Copy:
        """In the member's language."""
        with translation.override(member.language):
            return cls(export(member, now=now), member.language)

    def as_(self, ending: str) -> str:
        """ "json" or "html"."""
        if ending == "json":
            return json.dumps(self.found, default=str, ensure_ascii=False, indent=1)
        with translation.override(self.language):
            parts = [(PARTS.get(name, name), _table(rows)) for name, rows in self.found["parts"].items()]
            context = {**self.found, "parts": parts, "language": self.language}
            return render_to_string("privacy/export.html", context)


def _table(rows: Part) -> dict[str, Any]:
    """`head` in words and `rows` of values; the columns are those of the first row. `pairs`: a single row, upright."""
    columns = list(rows[0]) if rows else []
    head = [COLUMNS.get(column, column) for column in columns]
    values = [[_in_words(column, row[column]) for column in columns] for row in rows]
    return {"head": head, "rows": values, "pairs": list(zip(head, values[0], strict=True)) if len(rows) == 1 else []}


def _in_words(column: str, value: Any) -> Any:
    if column == "field":
        return COLUMNS.get(value, value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return ", ".join(f"{COLUMNS.get(name, name)}: {said}" for name, said in value.items())
    return "" if value is None else value
