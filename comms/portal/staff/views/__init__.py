"""One URL per verb; every view asks `@scoped(staff=True)`, so others get 404."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.forms import BaseForm

from comms.portal.requests import SignedInRequest
from comms.portal.staff import Refused


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
