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
    url = reverse(f"mailings:{problem.step}", args=[mailing.public_id])
    url += f"?language={problem.language}" if problem.language else ""
    return f"{url}#{field_id(problem.key)}" if problem.key else url
