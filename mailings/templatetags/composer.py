"""Addresses and parts the composer's pages need."""

from __future__ import annotations

import datetime
from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse

from mailings import timing
from mailings.forms import field_id
from mailings.models import Enclosure, Mailing
from mailings.preflight import Problem

register = template.Library()


@register.filter
def moment(at: datetime.datetime) -> str:
    """A moment in words: "tis 12 mars 18.00"."""
    return timing.said(at)


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


@register.inclusion_tag("mailings/_from_library.html", takes_context=True)
def from_library(context: Any, key: str) -> dict[str, Any]:
    """Below a rich text: the way to the library."""
    return {"mailing": context["mailing"], "key": key, "language": context["here"].language}


@register.inclusion_tag("mailings/_changed_here.html", takes_context=True)
def changed_here(context: Any, key: str) -> dict[str, Any]:
    """Above a text: what has changed in the library of what was taken into it."""
    return {"mailing": context["mailing"], "changed": [one for one in context.get("changed", ()) if one.key == key]}


ACCEPTED = ".pdf,.docx,.xlsx,.pptx,.odt,.ods,.odp,image/jpeg,image/png"  # what a telephone offers to choose from


@register.inclusion_tag("mailings/_documents.html", takes_context=True)
def documents(context: Any, mailing: Mailing) -> dict[str, Any]:
    """The documents of a mailing: to add, take out and put back while it is a draft, to open afterwards. One query."""
    every = list(Enclosure.objects.filter(mailing=mailing).order_by("n").defer("content"))
    kept = [one for one in every if one.removed_at is None]
    return {
        "mailing": mailing,
        "csrf_token": context.get("csrf_token"),
        "changeable": mailing.is_draft,
        "enclosures": kept,
        "removed": [one for one in every if one.removed_at is not None],
        "room": len(kept) < settings.DOCUMENT_MAX_COUNT,
        "most": settings.DOCUMENT_MAX_COUNT,
        "megabytes": settings.DOCUMENT_MAX_BYTES // (1024 * 1024),
        "accept": ACCEPTED,
    }
