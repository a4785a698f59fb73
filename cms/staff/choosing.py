"""Choosing one of twenty thousand units: found by name or number, shown with its place in the union."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import chooser
from wagtail.admin.viewsets.chooser import ChooserViewSet

from comms.people.models import Unit


class FindUnit(BaseFilterForm):
    q = forms.CharField(
        label=_("Name or number"), required=False, widget=forms.TextInput(attrs={"placeholder": _("Name or number")})
    )

    def filter(self, objects: QuerySet[Unit]) -> QuerySet[Unit]:
        """Every word in the name, or the whole of it the beginning of the number."""
        self.search_query = self.cleaned_data["q"].strip()
        self.is_searching = bool(self.search_query)
        if not self.is_searching:
            return objects
        named = objects
        for word in self.search_query.split():
            named = named.filter(name__icontains=word)
        return named | objects.filter(code__istartswith=self.search_query)


def places(units: list[Unit]) -> dict[int, str]:
    """Unit id -> the names above it, “Förbundet › Region Norr”; for an employer's tree the branch first. Two queries
    however many units.
    """
    steps = {unit.path[:end]: None for unit in units for end in range(Unit.steplen, len(unit.path) + 1, Unit.steplen)}
    found = {unit.path: unit for unit in Unit.objects.filter(path__in=steps).select_related("branch")}
    return {unit.pk: " › ".join(_above(unit, found)) for unit in units}


def _above(unit: Unit, found: dict[str, Unit]) -> list[str]:
    ends = range(Unit.steplen, len(unit.path), Unit.steplen)
    own = [found[unit.path[:end]].name for end in ends]
    branch = found[unit.path[: Unit.steplen]].branch
    return [branch.name, *own] if branch else own


def with_place(unit: Unit) -> str:
    """There are many Björkskolan."""
    place = places([unit])[unit.pk]
    return f"{unit.name} ({place})" if place else unit.name


class ShownUnits(chooser.BaseChooseView):
    """Open units in the order of the tree."""

    filter_form_class = FindUnit
    per_page = 20

    def get_object_list(self) -> QuerySet[Unit]:
        return Unit.objects.filter(ended_on__isnull=True).order_by("path")

    def get_results_page(self, request: Any) -> Any:
        page = super().get_results_page(request)
        page.object_list = list(page.object_list)
        known = places(page.object_list)
        for unit in page.object_list:
            unit.place = known[unit.pk]
        return page

    @property
    def columns(self) -> list[Column]:
        return [
            self.title_column,
            Column("get_kind_display", label=_("Kind")),
            Column("place", label=_("Belongs to")),
            Column("code", label=_("Number")),
        ]

    @property
    def title_column(self) -> Any:
        column = super().title_column
        column.label = _("Unit")
        return column


class ChooseUnit(chooser.ChooseViewMixin, chooser.CreationFormMixin, ShownUnits):
    def can_create(self) -> bool:
        return False


class ChooseUnitResults(chooser.ChooseResultsViewMixin, chooser.CreationFormMixin, ShownUnits):
    def can_create(self) -> bool:
        return False


class ChosenUnit(chooser.ChosenView):
    def get_display_title(self, instance: Unit) -> str:
        return with_place(instance)


class UnitChooserViewSet(ChooserViewSet):
    """Choosing only: units are made and changed on the staff screens of the portal."""

    model = Unit
    icon = "site"
    page_title = _("Choose a unit")
    register_widget = False
    chosen_view_class = ChosenUnit
    choose_view_class = ChooseUnit
    choose_results_view_class = ChooseUnitResults

    def get_urlpatterns(self) -> list[Any]:
        return [pattern for pattern in super().get_urlpatterns() if pattern.name != "create"]


unit_chooser = UnitChooserViewSet("unit_chooser")


class UnitChooser(unit_chooser.widget_class):  # type: ignore[name-defined,misc]
    """The field in a form. Worded when it is drawn, in the reader's language."""

    choose_one_text = lazy(lambda: gettext("Choose a unit"), str)()
    choose_another_text = lazy(lambda: gettext("Choose another unit"), str)()
    show_edit_link = False

    def get_display_title(self, instance: Unit) -> str:
        return with_place(instance)
