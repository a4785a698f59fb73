"""A picture over the full width, with words for those who do not see it."""

from django.utils.translation import gettext_lazy as _

from templates_lib.blocks.fields import ImageField, MessageBlock


class Block(MessageBlock):
    picture = ImageField(label=_("Picture"), max_length=200)

    class Meta:
        order = 50
        icon = "image"
        label = _("Picture")
