"""One URL per verb; every view asks `@scoped(staff=True)`, so others get 404."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

from django.contrib import messages
from django.forms import BaseForm, Form
from django.http import HttpResponseRedirect

from comms.portal import searches
from comms.portal.requests import SignedInRequest
from comms.portal.staff import Refused

F = TypeVar("F", bound=Form)


def attempt(request: SignedInRequest, action: Callable[[], object], *, form: BaseForm | None = None) -> bool:
    """Runs an action; a refusal becomes a message, or an error on the form. Answers whether it happened."""
    try:
        action()
    except Refused as refusal:
        if form is None:
            messages.error(request, str(refusal.message))
        else:
            form.add_error(None, refusal.message)
        return False
    return True


def filtered(request: SignedInRequest, form: type[F]) -> F:
    """The filter above a list, as it was sent or as the URL says; its words name people and come from the session."""
    words = searches.recall(request.session, request.GET.get("search", ""))
    bound = form(request.POST if request.method == "POST" else {**request.GET.dict(), "q": words})
    bound.is_valid()
    return bound


def searched(request: SignedInRequest, form: Form) -> HttpResponseRedirect:
    """On to the list that was asked for, with a key in place of the words."""
    said = {**form.cleaned_data, "search": searches.keep(request.session, form.cleaned_data.get("q", ""))}
    asked = urlencode({name: value for name, value in said.items() if value and name != "q"})
    return HttpResponseRedirect(f"{request.path}?{asked}" if asked else request.path)
