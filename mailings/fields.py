"""The fields a slot's type has on the page: part of the value -> form field, "" for a value of one part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comms.portal.forms import RichTextWidget
from templates_lib.slots import Slot


def line(label: Any, *, limit: int = 200, **attrs: str) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=limit, widget=forms.TextInput(attrs=attrs))


def _short(slot: Slot) -> dict[str, forms.Field]:
    limit = slot.max_length or 200
    attrs = {"data-count": str(limit)} if slot.max_length else {}
    return {"": line(slot.label, limit=10 * limit, **attrs)}  # a too long text is kept, and told at the check


def _rich(slot: Slot) -> dict[str, forms.Field]:
    return {"": forms.CharField(label=slot.label, required=False, widget=RichTextWidget())}


def _lines(slot: Slot) -> dict[str, forms.Field]:
    return {"": forms.CharField(label=slot.label, required=False, widget=forms.Textarea(attrs={"rows": "6"}))}


def _shown(slot: Slot) -> dict[str, forms.Field]:
    """`asked` tells a box that was unticked from one that was not on the page."""
    return {
        "": forms.BooleanField(label=slot.label, required=False),
        "asked": forms.CharField(required=False, initial="1", widget=forms.HiddenInput),
    }


def _date_time(slot: Slot) -> dict[str, forms.Field]:
    widget = forms.TextInput(attrs={"type": "datetime-local", "step": "300"})
    return {"": forms.CharField(label=slot.label, required=False, widget=widget)}


def _place(slot: Slot) -> dict[str, forms.Field]:
    return {
        "name": line(_("Place")),
        "address": line(_("Address"), autocomplete="street-address"),
        "url": line(_("Link to a map or an online meeting"), limit=2000, inputmode="url"),
    }


def _person(slot: Slot) -> dict[str, forms.Field]:
    return {
        "name": line(_("Name")),
        "role": line(_("Role")),
        "phone": line(_("Phone"), inputmode="tel"),
        "email": line(_("E-mail"), inputmode="email"),
    }


def _link(slot: Slot) -> dict[str, forms.Field]:
    return {
        "text": line(_("Text on the button")),
        "url": line(_("Address"), limit=2000, inputmode="url", placeholder="https://"),
    }


PICTURE_PARTS = (  # keys of pictures.PLACES
    ("", _("The whole picture")),
    ("top", _("The upper or left part")),
    ("middle", _("The middle")),
    ("bottom", _("The lower or right part")),
)


def _image(slot: Slot) -> dict[str, forms.Field]:
    picture = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})
    return {
        "file": forms.FileField(label=_("Picture"), required=False, widget=picture),
        "part": forms.ChoiceField(label=_("Which part of it is shown"), required=False, choices=PICTURE_PARTS),
        "alt": line(_("What the picture shows, for those who cannot see it")),
        "remove": forms.BooleanField(label=_("Remove the picture"), required=False),
    }


def _choice(slot: Slot) -> dict[str, forms.Field]:
    options = [(choice, choice) for choice in slot.choices]
    return {"": forms.ChoiceField(label=slot.label, required=False, choices=[("", "—"), *options])}


FIELDS: dict[str, Callable[[Slot], dict[str, forms.Field]]] = {
    "short_text": _short,
    "rich_text": _rich,
    "lines": _lines,
    "shown": _shown,
    "date_time": _date_time,
    "place": _place,
    "person": _person,
    "link": _link,
    "image": _image,
    "choice": _choice,
}
LINES_HELP = _("One entry a line, a time first if there is one.")


def help_of(slot: Slot) -> Any:
    """What staff say about the slot, and how a list is written."""
    return " ".join(filter(None, [slot.help, str(LINES_HELP)])) if slot.type == "lines" else slot.help


def named(slot: Slot) -> dict[str, forms.Field]:
    """The names of a slot's fields on the page: its key, with ":part" where the value has parts."""
    return {f"{slot.key}:{part}" if part else slot.key: field for part, field in FIELDS[slot.type](slot).items()}
