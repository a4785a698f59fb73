"""Model and form fields for texts in every language."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from wagtail.fields import StreamField

from comms.people.models import LANGUAGES

CODES = [code for code, _name in LANGUAGES]


class TranslatedWidget(forms.MultiWidget):
    """One line per language, each named."""

    template_name = "templates_lib/translated_widget.html"

    def __init__(self, attrs: Any = None) -> None:
        super().__init__({code: forms.TextInput(attrs={"aria-label": name}) for code, name in LANGUAGES}, attrs)

    def decompress(self, value: Any) -> list[str]:
        return [(value or {}).get(code, "") for code in CODES]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for widget, (_code, language) in zip(context["widget"]["subwidgets"], LANGUAGES, strict=True):
            widget["language"] = language
        return context


class TranslatedFormField(forms.MultiValueField):
    def __init__(self, **kwargs: Any) -> None:
        for json_only in ("encoder", "decoder"):
            kwargs.pop(json_only, None)
        fields = [forms.CharField(required=False, max_length=300) for _code in CODES]
        super().__init__(fields=fields, require_all_fields=False, widget=TranslatedWidget, **kwargs)

    def compress(self, data_list: list[str]) -> dict[str, str]:
        return {code: text for code, text in zip(CODES, data_list or [], strict=False) if text}


class TranslatedField(models.JSONField):
    """{"sv": …, "nb": …, "da": …, "en": …}; languages may be missing."""

    def formfield(self, **kwargs: Any) -> Any:
        kwargs.pop("encoder", None)
        return models.Field.formfield(self, form_class=TranslatedFormField, **kwargs)


class MessageField(StreamField):
    """The blocks of a message. Its vocabulary is read from the folders at start, so a migration does not list it."""

    def __init__(self, block_types: Any = (), **kwargs: Any) -> None:
        super().__init__(block_types, **kwargs)

    def deconstruct(self) -> Any:
        name, path, _args, kwargs = super().deconstruct()
        kwargs.pop("block_lookup", None)
        return name, path, [], kwargs
