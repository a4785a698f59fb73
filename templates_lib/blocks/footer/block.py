"""Why did I get this, for what purpose, how to refuse, who is responsible."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from templates_lib.blocks.fields import MessageBlock, ShortText


class Block(MessageBlock):
    may_be_optional = False
    note = ShortText(label=_("Note"), max_length=200)

    words = {
        "why": pgettext_lazy("message", "You get this because you are a member of"),
        "sent_by": pgettext_lazy("message", "Sent by"),
        "refuse": pgettext_lazy("message", "No more messages of this kind"),
        "refuse_print": pgettext_lazy("message", "If you do not want messages of this kind, tell the sender."),
        "statutory": pgettext_lazy("message", "This is a notice you have a right to."),
        "choose": pgettext_lazy("message", "Choose a letter instead of e-mail"),
        "responsible": pgettext_lazy("message", "Responsible for your data"),
        "web": pgettext_lazy("message", "Read on the web"),
    }

    class Meta:
        order = 90
        icon = "info-circle"
        label = _("Footer")
        description = _("Why one gets this, for what purpose, how to refuse, who is responsible. Stands last.")
        preview_value: ClassVar[dict[str, Any]] = {}
