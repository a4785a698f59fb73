"""The record of processing as a page, made from the policy: `docs/privacy.md`."""

from __future__ import annotations

from pathlib import Path

from comms.privacy.policy import DONE, Policy, Rule
from templates_lib.models import Topic

TEXT = Path(__file__).with_name("record.md")
REFUSAL = {
    Topic.Category.STATUTORY: "cannot be switched off; the member may choose a letter",
    Topic.Category.INFORMATION: "one click per topic and channel",
    Topic.Category.OFFER: "only to members who said yes",
}


def page(policy: Policy) -> str:
    """Markdown, ended by a line end."""
    parts = {
        "categories": _table(("category", "legal basis", "refusing"), _categories()),
        "retention": _table(("what", "how long", "then", "why"), [_row(rule) for rule in policy.rules]),
        "plain": "\n".join(f"- {why}: {_names(data)}" for data, why in policy.plain),
    }
    text = TEXT.read_text("utf-8")
    for name, part in parts.items():
        text = text.replace(f"<!-- {name} -->", part)
    return text


def _categories() -> list[tuple[str, ...]]:
    return [(category.value, Topic(category=category).legal_basis, REFUSAL[category]) for category in Topic.Category]


def _row(rule: Rule) -> tuple[str, ...]:
    what = f"**{rule.name.replace('_', ' ')}**" + (f": {_names(rule.data)}" if rule.data else "")
    long = f"{rule.keep} after {rule.after}" if rule.then in DONE else rule.keep
    return what, long, rule.then, rule.why


def _names(data: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in data)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
