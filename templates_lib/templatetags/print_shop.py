"""Staff's preview of a template: each face with believable sample values."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from templates_lib import preview
from templates_lib.models import InvitationTemplate

register = template.Library()


@register.simple_tag
def face(template: InvitationTemplate, mode: str) -> SafeString:
    return preview.face(template, mode)
