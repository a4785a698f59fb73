"""The portal's way to draw a form: label, help, error and input in one group; rich text with Trix."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.html import linebreaks
from inscriptis import get_text


class PortalRenderer(TemplatesSetting):
    """`{{ form }}` and `{{ field.as_field_group }}` in the portal's own words (see the top of portal.css)."""

    form_template_name = "portal/forms/form.html"
    field_template_name = "portal/forms/field.html"


class DateInput(forms.DateInput):
    """The telephone's own date picker; values always travel as ISO dates."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class RichTextWidget(forms.Textarea):
    """Simple rich text: Trix with JavaScript, a plain textarea without.

    The value is an HTML fragment (str) both ways; it is *not* sanitised here. A page that shows one puts
    `{% include "portal/rich_assets.html" %}` in the block `head_extra`.
    """

    template_name = "portal/rich_text.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        html = value or ""
        context["widget"].update(html=html, value=get_text(html).strip() if html else "")
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        """HTML from Trix (it says so in a hidden field), otherwise plain text turned into paragraphs."""
        value = data.get(name)
        if value is None or data.get(f"{name}-html"):
            return value
        return linebreaks(value, autoescape=True) if value.strip() else ""

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data
