"""What it is about: a kind of message over a large heading."""

from django.utils.translation import gettext_lazy as _

from templates_lib.blocks.fields import ChoiceField, MessageBlock, ShortText


class Block(MessageBlock):
    kind = ChoiceField(label=_("Kind of message"))
    text = ShortText(label=_("Heading"), max_length=90)

    class Meta:
        order = 20
        icon = "title"
        label = _("Heading")
