"""Synonyms, best bets, and the agreements and sectors pages are about."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.admin.ui.tables import Column
from wagtail.snippets.views.snippets import SnippetViewSet

from cms.models import BestBet, Subject, Synonyms


class SynonymsViewSet(SnippetViewSet):
    model = Synonyms
    icon = "rotate"
    menu_label = _("Synonyms")
    list_display = ["__str__"]
    panels = [FieldPanel("words")]


class BetPages(Column):
    def get_value(self, instance: BestBet) -> str:
        return ", ".join(row.page.title for row in instance.pages.all())


class BestBetViewSet(SnippetViewSet):
    model = BestBet
    icon = "thumbtack"
    menu_label = _("Best bets")
    list_display = ["query", BetPages("pages", label=_("Pages"))]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BestBet]:
        return BestBet.objects.prefetch_related("pages__page")


class SubjectViewSet(SnippetViewSet):
    model = Subject
    icon = "tag"
    menu_label = _("Agreements and sectors")
    list_display = ["name", "kind"]
    list_filter = ["kind"]
    panels: list[Any] = [FieldPanel("kind"), FieldPanel("name")]
