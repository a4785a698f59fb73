"""Running text: paragraphs, lists, links."""

from django.utils.translation import gettext_lazy as _

from templates_lib.blocks.fields import MessageBlock, RichText


class Block(MessageBlock):
    text = RichText(label=_("Text"), max_length=4000)

    class Meta:
        order = 30
        icon = "pilcrow"
        label = _("Text")
