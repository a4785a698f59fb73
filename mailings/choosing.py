"""The form that narrows a mandate, and the same choice in words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from comms.people.models import LANGUAGES, Placement
from comms.people.scope import Scope
from comms.portal.forms import DateInput
from mailings import offers
from mailings.audience import Filter
from mailings.models import Mailing

NAMED = 3  # in words, then "and 4 more"


class Words(forms.MultipleChoiceField):
    """Ticked words. One that is no longer on offer only narrows, so it is not refused."""

    def valid_value(self, value: str) -> bool:
        return len(value) <= 120


def _several(label: Any, kind: type = forms.MultipleChoiceField, **options: Any) -> Any:
    return kind(label=label, required=False, widget=forms.CheckboxSelectMultiple, **options)


class AudienceForm(forms.Form):
    """What narrows the mandate: nothing ticked in a row means everybody.

    A stored value that is not on offer here (a closed workplace, a unit outside a mandate that has become smaller)
    is kept: dropping it would widen the choice.
    """

    units = _several(_("Only some units"), forms.ModelMultipleChoiceField, queryset=None)
    employers = _several(_("Only some employers"), forms.ModelMultipleChoiceField, queryset=None)
    workplaces = _several(_("Only some workplaces"), forms.ModelMultipleChoiceField, queryset=None)
    positions = _several(_("Only some positions"), Words)
    position = forms.CharField(
        label=_("Words in the position"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": "120"}),
    )
    employment = _several(_("Only some employments"), choices=Placement.Employment.choices)
    main_employer_only = forms.BooleanField(label=_("Only members with their main job here"), required=False)
    languages = _several(_("Only some languages"), choices=LANGUAGES)
    new_since = forms.DateField(label=_("Only new members, since"), required=False, widget=DateInput)
    mailed = _several(_("Only those who got"), forms.ModelMultipleChoiceField, queryset=None, to_field_name="public_id")
    not_mailed = _several(
        _("Leave out those who got"), forms.ModelMultipleChoiceField, queryset=None, to_field_name="public_id"
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    ROWS = (
        "units", "employers", "workplaces", "positions", "position", "employment", "main_employer_only",
        "languages", "new_since", "mailed", "not_mailed",
    )  # fmt: skip

    def __init__(self, data: Any = None, *, mailing: Mailing, scope: Scope, find: str = "") -> None:
        self.stored = chosen = Filter.from_json(mailing.audience)
        super().__init__(data, initial={"version": mailing.version})
        for name in self.ROWS:
            self.initial[name] = getattr(chosen, name)
        places = {
            "units": offers.units(mailing.unit),
            "employers": offers.employers(mailing.unit, everything=scope.staff),
            "workplaces": offers.workplaces(mailing.unit, everything=scope.staff),
        }
        for name, every in places.items():
            shown, total = offers.shown(every, kept=getattr(chosen, name), find=find if name == "workplaces" else "")
            self._offer(name, every, offers.labels(shown))
            setattr(self, f"many_{name}", total > offers.SHOWN)
        earlier = offers.earlier(mailing, scope=scope)
        for name in ("mailed", "not_mailed"):
            kept = offers.kept_mailings(earlier, getattr(chosen, name))
            self.initial[name] = [one.public_id for one in kept]
            self._offer(name, earlier, [(one.public_id, offers.title(one)) for one in offers.newest(earlier, kept)])
        titles = dict.fromkeys([*(chosen.positions or ()), *offers.positions(scope)])
        self.fields["positions"].choices = [(title, title) for title in titles]  # type: ignore[attr-defined]

    def _offer(self, name: str, every: Any, choices: list[tuple[Any, str]]) -> None:
        """Everything in `every` is taken; only `choices` are drawn."""
        field: Any = self.fields[name]
        field.queryset = every
        field.choices = choices

    def rows(self) -> list[forms.BoundField]:
        """The rows worth drawing: without a choice to make there is none."""
        return [self[name] for name in self.ROWS if getattr(self.fields[name], "choices", True)]

    def filter(self) -> dict[str, Any]:
        """The choice as `audience.Filter` in JSON."""
        cleaned = self.cleaned_data
        lists = ("units", "employers", "workplaces", "positions", "employment", "languages", "mailed", "not_mailed")
        picked: dict[str, Any] = {name: self._picked(name) for name in lists}
        return Filter(
            **picked,
            position=cleaned.get("position", "").strip()[:120],
            main_employer_only=bool(cleaned.get("main_employer_only")),
            new_since=cleaned.get("new_since"),
        ).to_json()

    def _picked(self, name: str) -> tuple[Any, ...] | None:
        before = getattr(self.stored, name)
        field: Any = self.fields[name]
        ticked = [getattr(one, "pk", one) for one in self.cleaned_data.get(name) or ()]
        kept: Iterable[Any] = ()
        if hasattr(field, "queryset") and before:
            there = set(field.queryset.filter(pk__in=before).values_list("pk", flat=True))
            kept = [pk for pk in before if pk not in there]
        picked = tuple(dict.fromkeys([*kept, *ticked]))
        return picked or (() if before == () else None)  # emptied on purpose stays nobody

    @cached_property
    def said(self) -> list[str]:
        """What is stored, in words: one line for every row that narrows."""
        chosen, lines = self.stored, []
        for name in self.ROWS:
            value = getattr(chosen, name)
            if value not in (None, "", False) and (line := self._line(name, value)):
                lines.append(line)
        return lines

    def _line(self, name: str, value: Any) -> str:
        label = str(self.fields[name].label)
        if value is True:
            return label
        if name == "new_since":
            return f"{label} {date_format(value, 'j F Y')}"
        return f"{label}: {value if isinstance(value, str) else self._names(name, value)}"

    def _names(self, name: str, values: tuple[Any, ...]) -> str:
        field: Any = self.fields[name]
        if hasattr(field, "queryset"):
            names = [offers.title(one) for one in field.queryset.filter(pk__in=values)]
        else:
            words = dict(field.choices)
            names = [str(words.get(value, value)) for value in values]
        more = len(values) - len(names[:NAMED])
        shown = ", ".join(names[:NAMED])
        if not values:
            return gettext("none")
        if not shown:
            return ngettext("%(n)d that is not in your mandate", "%(n)d that are not in your mandate", more) % {
                "n": more
            }
        return gettext("%(names)s and %(n)d more") % {"names": shown, "n": more} if more else shown
