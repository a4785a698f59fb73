"""Staff's preview of a template or a brand, and what the editor says about a template at its top."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from templates_lib import preview
from templates_lib.models import Brand, InvitationTemplate
from templates_lib.staff import usage

register = template.Library()


@register.simple_tag
def face(shown: InvitationTemplate | Brand, mode: str) -> SafeString:
    return preview.brand_face(shown, mode) if isinstance(shown, Brand) else preview.face(shown, mode)


@register.simple_tag
def use_of(template: InvitationTemplate) -> str:
    """“Used by 14 branches, last 12 March”, or nothing."""
    return usage.of(template) if template.pk else ""
