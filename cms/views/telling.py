"""What readers tell: that they found nothing, and whether a page was right. POST only; a GET writes nothing."""

from __future__ import annotations

from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cms import learning, limits, verdicts
from cms.access import Reader
from cms.models import Entry
from cms.models.learning import LONGEST_LINE
from cms.views.found import Request, tells
from comms.people.scope import Scope
from comms.people.scoped import scoped

SEARCHES, VERDICTS = 120, 20  # an hour


@scoped
@require_POST
def told(request: Request, scope: Scope) -> HttpResponse:
    """`q` was searched for, and nothing was found (`found=0`) or opened. With `pressed` somebody sent it by hand."""
    pressed = "pressed" in request.POST
    if limits.may(request.user, "told", most=SEARCHES):
        none_found = request.POST.get("found") == "0"
        query, on = request.POST.get("q", ""), timezone.localdate()
        learning.hear(query, none_found=none_found, by=request.user, on=on, pressed=pressed)
    if not pressed:
        return HttpResponse(status=204)
    messages.success(request, _("Thank you. The staff see what people look for and do not find."))
    return redirect(_back(request))


def _back(request: Request) -> str:
    """The page the button stood on, if it is one of ours."""
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        return urlsplit(came_from)._replace(scheme="", netloc="", fragment="").geturl()
    return reverse("cms:home")


class VerdictForm(forms.Form):
    right = forms.TypedChoiceField(choices=[("yes", ""), ("no", "")], coerce=lambda value: value == "yes")
    line = forms.CharField(max_length=LONGEST_LINE, required=False)
    answer = forms.BooleanField(required=False)


@tells
def verdict(request: Request, reader: Reader, entry: Entry) -> HttpResponse:
    form = VerdictForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Your answer was not kept. Write at most 500 characters."))
    elif not limits.may(request.user, "verdict", most=VERDICTS):
        messages.error(request, _("You have answered often in the last hour. Try again later."))
    elif _give(request, entry, **form.cleaned_data):
        messages.success(request, _("Thank you. That helps those who come after you."))
    else:
        messages.warning(request, _("Your answer is kept. It could not be mailed, so nobody can answer you."))
    return redirect("cms:page", entry.public_id)


def _give(request: Request, entry: Entry, *, right: bool, line: str, answer: bool) -> bool:
    asks = request.user if answer else None
    return verdicts.give(entry.page, right=right, line=line, on=timezone.localdate(), answer_to=asks)
