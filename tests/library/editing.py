"""What editors do in Wagtail, as plain functions: the form the editor posts."""

from __future__ import annotations

from typing import Any

from django.test import Client
from wagtail.models import Page
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from comms.people.models import User
from comms.portal.staff.roles import ensure_editors


def make_editor(user: User) -> User:
    ensure_editors().user_set.add(user)
    return user


def posted(page: Any, *, units: tuple[Any, ...] = (), action: str = "", **more: Any) -> dict[str, Any]:
    """What the editor of an article posts; without `action` a draft is saved."""
    inline = {name: inline_formset([]) for name in ("related_pages", "attachments")}
    data = {
        "title": page.title, "short_answer": page.short_answer, "body": streamfield([]), "language": page.language,
        "audience": page.audience, "audience_units": inline_formset([{"unit": unit.pk} for unit in units]),
        "comments": inline_formset([]), **inline, **more,
    }  # fmt: skip
    return {**nested_form_data(data), **({action: "1"} if action else {})}


def edit(client: Client, page: Page, **how: Any) -> Any:
    return client.post(f"/admin/pages/{page.pk}/edit/", posted(page, **how))
