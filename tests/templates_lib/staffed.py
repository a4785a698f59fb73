"""What staff do in the editor, as plain functions: the form it posts, and a change to the blocks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.utils import timezone
from wagtail.blocks import Block, ListBlock, RichTextBlock, StructBlock
from wagtail.models import Revision
from wagtail.test.utils.form_data import rich_text

from comms.people.models import User
from templates_lib import gate, inspection
from templates_lib.models import GateRun, InvitationTemplate
from templates_lib.models.template import GateState

ADMIN = "/admin/snippets/templates_lib/invitationtemplate"


def edit_body(
    template: InvitationTemplate, change: Callable[[dict[str, Any]], Any], *, by: User | None = None
) -> Revision:
    """Staff changes the blocks and saves a draft."""
    raw = json.loads(json.dumps(list(template.body.raw_data)))
    change({block["type"]: block["value"] for block in raw})
    template.body = json.dumps(raw)
    return template.save_revision(user=by)


def heading(words: str) -> Callable[[dict[str, Any]], Any]:
    return lambda blocks: blocks["heading"]["text"]["text"].update(sv=words)


def posted(template: InvitationTemplate, *, action: str = "action-publish", **more: Any) -> dict[str, Any]:
    """What the edit form posts with a button."""
    data: dict[str, Any] = {"name": template.name, "task": template.task, "topic": template.topic_id, action: "1"}
    for field in ("subject", "titles", "descriptions"):
        data |= {f"{field}_{code}": text for code, text in getattr(template, field).items()}
    data |= {"approval_required": "on"} if template.approval_required else {}
    data["body-count"] = len(template.body)
    for n, child in enumerate(template.body):
        data |= {
            f"body-{n}-deleted": "",
            f"body-{n}-order": n,
            f"body-{n}-type": child.block_type,
            f"body-{n}-id": child.id,
        }
        data |= dict(inputs(child.block, child.value, f"body-{n}-value"))
    return {key: value for key, value in (data | more).items() if value is not None}


def inputs(block: Block, value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The form inputs of any block."""
    if isinstance(block, StructBlock):
        for child, inner in block.child_blocks.items():
            yield from inputs(inner, value[child], f"{name}-{child}")
    elif isinstance(block, ListBlock):
        yield f"{name}-count", len(value)
        for n, item in enumerate(value.bound_blocks):
            yield from {f"{name}-{n}-deleted": "", f"{name}-{n}-order": n, f"{name}-{n}-id": item.id}.items()
            yield from inputs(block.child_block, item.value, f"{name}-{n}-value")
    elif isinstance(block, RichTextBlock):
        yield name, rich_text(value.source)
    elif isinstance(value, bool):
        yield from [(name, "on")] if value else []
    else:
        yield name, "" if value is None else getattr(value, "pk", value)


def checks_quickly(monkeypatch: Any, *findings: Any) -> None:
    """The gate looks at nothing and finds what it is told to."""
    steps = [inspection.Step(1, 2, list(findings)), inspection.Step(2, 2)]
    monkeypatch.setattr(inspection, "steps", lambda template: iter(steps))


def work() -> list[GateRun]:
    """What a worker does: every check that waits. Answers them, as they ended."""
    waiting = list(GateRun.objects.filter(state=GateState.QUEUED))
    for run in waiting:
        gate.run(run.pk, now=timezone.now())
        run.refresh_from_db()
    return waiting
