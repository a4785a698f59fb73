"""“What nobody finds”: what people searched for in vain, and what to do about it with one click."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.auth import permission_required
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets import AdminPageChooser

from cms import answering
from cms.models import LibraryPage, ShelfPage, Unfound
from cms.models.learning import LONGEST_QUERY
from cms.staff.screens import ListScreen, Request

allowed = permission_required("cms.change_unfound")
INDEX = "library_unfound:index"


@method_decorator(allowed, name="dispatch")
class UnfoundList(ListScreen):
    page_title = gettext_lazy("What nobody finds")
    header_icon = "help"
    template_name = "cms/staff/unfound.html"

    @property
    def state(self) -> str:
        asked = self.request.GET.get("state", "")
        return asked if asked in Unfound.State.values else Unfound.State.WAITING

    def rows(self, on: datetime.date) -> QuerySet[Unfound]:
        rows = Unfound.objects.select_related("page")
        if self.state == Unfound.State.WAITING:
            return rows.waiting()
        return rows.filter(state=self.state).order_by("-closed_on", "-pk")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shelves = ShelfPage.objects.order_by("path").values_list("pk", "title", "depth")
        hidden = self.request.GET.get("hidden", "")
        return {
            **super().get_context_data(**kwargs),
            "state": self.state,
            "states": Unfound.State.choices,
            "shelves": [(pk, "– " * (depth - 3) + title) for pk, title, depth in shelves],
            "just_hidden": Unfound.objects.filter(pk=hidden, state="hidden").first() if hidden.isdigit() else None,
        }


# --- one click --------------------------------------------------------------------------------------------------------
@allowed
@require_POST
def write(request: Request, pk: int) -> HttpResponse:
    """An article with the search as its question, opened in the editor."""
    unfound = get_object_or_404(Unfound, pk=pk)
    if not unfound.page:
        chosen = request.POST.get("shelf", "")
        shelves = ShelfPage.objects.order_by("path")
        shelf = (shelves.filter(pk=chosen) if chosen.isdigit() else shelves).first()
        if shelf is None:
            messages.error(request, _("There is no topic to put it in yet. Make one first."))
            return redirect(INDEX)
        if not shelf.permissions_for_user(request.user).can_add_subpage():
            raise PermissionDenied
        unfound.page = answering.begin_article(unfound, shelf=shelf, by=request.user)
    return redirect("wagtailadmin_pages:edit", unfound.page.pk)


@allowed
@require_POST
def hide(request: Request, pk: int) -> HttpResponse:
    answering.hide(get_object_or_404(Unfound, pk=pk), on=timezone.localdate())
    back = redirect(INDEX)
    back["Location"] += f"?hidden={pk}"
    return back


@allowed
@require_POST
def bring_back(request: Request, pk: int) -> HttpResponse:
    unfound = get_object_or_404(Unfound, pk=pk)
    answering.bring_back(unfound)
    messages.success(request, _("“%(words)s” waits again.") % {"words": unfound.text})
    return redirect(INDEX)


# --- a form with the words --------------------------------------------------------------------------------------------
class SynonymsForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("Words"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One word or phrase to a line. Each of them finds all the others."),
    )

    def clean_words(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["words"].splitlines() if line.strip()]
        if len(lines) < 2:
            raise forms.ValidationError(_("Write at least one more word that means the same."))
        if max(map(len, lines)) > LONGEST_QUERY:
            raise forms.ValidationError(_("A word or phrase may have 120 characters at most."))
        return lines


class BestBetForm(forms.Form):
    page = forms.ModelChoiceField(
        label=gettext_lazy("The page that answers it"),
        queryset=LibraryPage.objects.all(),
        widget=AdminPageChooser(target_models=[LibraryPage]),
        help_text=gettext_lazy("It stands first when somebody searches for exactly this."),
    )


@allowed
def synonyms(request: Request, pk: int) -> HttpResponse:
    unfound = get_object_or_404(Unfound, pk=pk)
    form = SynonymsForm(request.POST or None, initial={"words": f"{unfound.text}\n"})
    if request.method == "POST" and form.is_valid():
        answering.add_synonyms(unfound, form.cleaned_data["words"], on=timezone.localdate())
        return _taught(request, unfound)
    return _asks(request, unfound, form, title=_("Add as synonym"))


@allowed
def best_bet(request: Request, pk: int) -> HttpResponse:
    unfound = get_object_or_404(Unfound, pk=pk)
    form = BestBetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answering.add_best_bet(unfound, form.cleaned_data["page"], on=timezone.localdate())
        return _taught(request, unfound)
    return _asks(request, unfound, form, title=_("Best bet"))


def _taught(request: Request, unfound: Unfound) -> HttpResponse:
    messages.success(request, _("“%(words)s” is answered from now on.") % {"words": unfound.text})
    return redirect(INDEX)


def _asks(request: Request, unfound: Unfound, form: forms.Form, *, title: str) -> HttpResponse:
    context = {
        "unfound": unfound,
        "form": form,
        "media": form.media,
        "header_title": f"{title}: {unfound.text}",
        "header_icon": "help",
        "breadcrumbs_items": [
            {"url": UnfoundScreens().menu_url, "label": UnfoundList.page_title},
            {"url": "", "label": title, "sublabel": unfound.text},
        ],
    }
    return render(request, "cms/staff/unfound_form.html", context)


class UnfoundScreens(ViewSet):
    name = "library_unfound"
    url_prefix = "library/unfound"
    icon = "help"
    menu_label = gettext_lazy("What nobody finds")

    def get_urlpatterns(self) -> list[Any]:
        return [
            path("", UnfoundList.as_view(), name="index"),
            path("<int:pk>/write/", write, name="write"),
            path("<int:pk>/synonyms/", synonyms, name="synonyms"),
            path("<int:pk>/best-bet/", best_bet, name="best_bet"),
            path("<int:pk>/hide/", hide, name="hide"),
            path("<int:pk>/bring-back/", bring_back, name="bring_back"),
        ]
