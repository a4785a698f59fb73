"""A block as it will look, for staff who are choosing one."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from templates_lib import block_preview
from templates_lib.blocks.fields import MessageBlock

register = template.Library()


@register.simple_tag
def block_face(block: MessageBlock) -> SafeString:
    return block_preview.face(block)
