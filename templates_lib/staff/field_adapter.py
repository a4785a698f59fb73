"""How the editor draws a field of a block: as any struct, with a calmer summary when it is closed."""

from __future__ import annotations

from django import forms
from django.utils.functional import cached_property
from wagtail.admin.telepath import register
from wagtail.blocks.struct_block import StructBlockAdapter

from templates_lib.blocks.fields import Field


class FieldAdapter(StructBlockAdapter):
    js_constructor = "templates_lib.Field"

    @cached_property
    def media(self) -> forms.Media:
        return super().media + forms.Media(js=["templates_lib/admin.js"])


register(FieldAdapter(), Field)
