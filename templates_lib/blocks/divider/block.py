"""A line between two parts."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from templates_lib.blocks.fields import MessageBlock


class Block(MessageBlock):
    class Meta:
        order = 80
        icon = "minus"
        label = _("Divider")
        description = _("A thin line between two parts.")
        preview_value: ClassVar[dict[str, Any]] = {}
