"""The brand bar on top: logo and name."""

from django.utils.translation import gettext_lazy as _

from templates_lib.blocks.fields import MessageBlock


class Block(MessageBlock):
    may_be_optional = False

    class Meta:
        order = 10
        icon = "image"
        label = _("Header")
