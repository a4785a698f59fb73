"""“Retire…”: a page that says what happens, with what comes instead; and the way back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from wagtail.admin import messages
from wagtail.log_actions import LogActionRegistry

from templates_lib import retiring
from templates_lib.models import InvitationTemplate
from templates_lib.staff import usage
from templates_lib.staff.checking import Request, url

may_publish = permission_required("templates_lib.publish_invitationtemplate", raise_exception=True)


class RetireForm(forms.Form):
    replacement = forms.ModelChoiceField(
        InvitationTemplate.objects.none(),
        required=False,
        label=gettext_lazy("Replaced by"),
        empty_label=gettext_lazy("Nothing"),
        help_text=gettext_lazy("Whoever holds a draft on the old one is told to use this instead."),
    )

    def __init__(self, *args: Any, template: InvitationTemplate, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["replacement"].queryset = retiring.replacements(template)  # type: ignore[attr-defined]


def register_actions(actions: LogActionRegistry) -> None:
    for name, text in (
        (retiring.RETIRED, gettext_lazy("Template retired")),
        (retiring.TAKEN_BACK, gettext_lazy("Template taken back into use")),
    ):
        actions.register_action(name, text, text)


@may_publish
@require_http_methods(["GET", "HEAD", "POST"])
def retire(request: Request, pk: int) -> HttpResponse:
    template = get_object_or_404(InvitationTemplate, pk=pk, retired_at=None)
    form = RetireForm(request.POST or None, template=template)
    if request.method == "POST" and form.is_valid():
        replacement = form.cleaned_data["replacement"]
        retiring.retire(template=template, replacement=replacement, by=request.user, now=timezone.now())
        messages.success(request, _("“%(name)s” is retired.") % {"name": template})
        return redirect(url("list"))
    context = {"template": template, "form": form, "used": usage.of(template), "edit_url": url("edit", template.pk)}
    return render(request, "templates_lib/staff/retire.html", context)


@may_publish
@require_POST
def take_back(request: Request, pk: int) -> HttpResponse:
    template = get_object_or_404(InvitationTemplate.objects.exclude(retired_at=None), pk=pk)
    retiring.take_back(template=template, by=request.user)
    messages.success(request, _("“%(name)s” is in use again.") % {"name": template})
    return redirect(url("edit", template.pk))
