"""A picture from edge to edge, right under the header: what it is about, at a glance."""

from django.utils.translation import gettext_lazy as _

from templates_lib.blocks.fields import ImageField, MessageBlock, in_every_language


class Block(MessageBlock):
    picture = ImageField(label=_("Picture"), max_length=200)

    class Meta:
        order = 15
        icon = "image"
        label = _("Large picture")
        description = _("From edge to edge, right under the header. Best three times as wide as high.")
        preview_value = {
            "picture": {
                "alt": in_every_language(
                    sv="Fjällryggar i kvällsljus",
                    nb="Fjellrygger i kveldslys",
                    da="Fjeldrygge i aftenlys",
                    en="Mountain ridges in evening light",
                )
            }
        }
