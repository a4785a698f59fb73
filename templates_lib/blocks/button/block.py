"""The one thing to do: a link one cannot miss."""

from django.utils.translation import gettext_lazy as _

from templates_lib.blocks.fields import LinkField, MessageBlock


class Block(MessageBlock):
    link = LinkField(label=_("Button"), max_length=40)

    class Meta:
        order = 60
        icon = "link"
        label = _("Button")
