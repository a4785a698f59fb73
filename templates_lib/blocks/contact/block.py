"""Whom to ask: the sender, or somebody named instead."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from templates_lib.blocks.fields import MessageBlock, PersonField


class Block(MessageBlock):
    person = PersonField(label=_("Contact"), max_length=120)

    words = {"title": pgettext_lazy("message", "Questions? Ask me")}

    class Meta:
        order = 70
        icon = "user"
        label = _("Contact card")
        description = _("Whom to ask: whoever sends the message, unless somebody else is named.")
        preview_value: ClassVar[dict[str, Any]] = {}
