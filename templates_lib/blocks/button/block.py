"""The one thing to do: a link one cannot miss."""

from django.utils.translation import gettext_lazy as _

from templates_lib.blocks.fields import LinkField, MessageBlock, in_every_language


class Block(MessageBlock):
    link = LinkField(label=_("Button"), max_length=40)

    class Meta:
        order = 60
        icon = "link"
        label = _("Button")
        description = _("The one thing to do: a link one cannot miss.")
        preview_value = {
            "link": {
                "url": "https://forbundet.example.org/anmalan",
                "text": in_every_language(sv="Anmäl dig", nb="Meld deg på", da="Tilmeld dig", en="Sign up"),
            }
        }
