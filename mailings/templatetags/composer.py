"""Small drawings and addresses the composer's pages need."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from mailings.forms import field_id
from mailings.models import Mailing
from mailings.preflight import Problem
from templates_lib.models import InvitationTemplate
from templates_lib.render.document import Brand

register = template.Library()

WIDTH = 120  # units of the drawing; its height follows the blocks
# kind of block -> its shapes as (what, x, y, width, height) and its height
SHAPES: dict[str, tuple[list[tuple[str, int, int, int, int]], int]] = {
    "header": ([("primary", 0, 0, 120, 18), ("paper", 10, 6, 34, 6)], 24),
    "heading": ([("ink", 10, 0, 74, 7)], 14),
    "rich_text": ([("line", 10, 0, 100, 3), ("line", 10, 7, 94, 3), ("line", 10, 14, 66, 3)], 24),
    "facts": (
        [("tint", 10, 0, 100, 26), ("primary", 10, 0, 3, 26), ("ink", 19, 6, 40, 4), ("line", 19, 15, 62, 3)],
        32,
    ),
    "image": ([("tint", 10, 0, 100, 34), ("accent", 84, 6, 10, 10)], 40),
    "button": ([("primary", 10, 0, 46, 12), ("paper", 18, 5, 30, 2)], 19),
    "contact": ([("accent", 10, 0, 16, 16), ("ink", 32, 2, 42, 4), ("line", 32, 10, 30, 3)], 24),
    "divider": ([("line", 10, 2, 100, 1)], 9),
    "footer": ([("tint", 0, 0, 120, 18), ("line", 10, 5, 60, 2), ("line", 10, 11, 44, 2)], 18),
}
ALIASES = {"contact_card": "contact", "text": "rich_text", "quote": "rich_text", "picture": "image"}


@register.inclusion_tag("mailings/_thumbnail.html")
def miniature(template: InvitationTemplate, brand: Brand) -> dict[str, Any]:
    """The template in miniature: its blocks as shapes in the brand's colours."""
    top, shapes = 0, []
    for block in template.body:
        drawn, height = SHAPES.get(ALIASES.get(block.block_type, block.block_type), SHAPES["rich_text"])
        shapes += [(what, x, top + y, width, deep) for what, x, y, width, deep in drawn]
        top += height
    return {"shapes": shapes, "width": WIDTH, "height": max(top, 120), "brand": brand}


@register.simple_tag
def fix_url(problem: Problem, mailing: Mailing) -> str:
    """Where a problem is put right, down to the field."""
    url = reverse(f"mailings:{problem.step}", args=[mailing.public_id])
    url += f"?language={problem.language}" if problem.language else ""
    return f"{url}#{field_id(problem.key)}" if problem.key else url
