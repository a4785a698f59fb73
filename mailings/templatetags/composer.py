"""Addresses the composer's pages need."""

from __future__ import annotations

from django import template
from django.urls import reverse

from mailings.forms import field_id
from mailings.models import Mailing
from mailings.preflight import Problem

register = template.Library()


@register.simple_tag
def fix_url(problem: Problem, mailing: Mailing) -> str:
    """Where a problem is put right, down to the field."""
    return field_url(mailing, problem.key, problem.language, step=problem.step)


@register.simple_tag
def field_url(mailing: Mailing, key: str, language: str = "", step: str = "text") -> str:
    """A step of the draft in one language, "" for the sender's own, down to the field."""
    url = reverse(f"mailings:{step}", args=[mailing.public_id])
    url += f"?language={language}" if language else ""
    return f"{url}#{field_id(key)}" if key else url
