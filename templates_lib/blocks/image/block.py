"""A picture over the full width, with words for those who do not see it, and a caption if it needs one."""

from django.utils.translation import gettext_lazy as _

from templates_lib.blocks.fields import ImageField, MessageBlock, ShortText, in_every_language


class Block(MessageBlock):
    picture = ImageField(label=_("Picture"), max_length=200)
    caption = ShortText(label=_("Caption"), max_length=160)

    class Meta:
        order = 50
        icon = "image"
        label = _("Picture")
        description = _("A picture in the text, with a caption if it needs one.")
        preview_value = {
            "picture": {
                "alt": in_every_language(
                    sv="Fjällryggar i kvällsljus",
                    nb="Fjellrygger i kveldslys",
                    da="Fjeldrygge i aftenlys",
                    en="Mountain ridges in evening light",
                )
            },
            "caption": {
                "text": in_every_language(
                    sv="Utsikten från förra årets kurs.",
                    nb="Utsikten fra fjorårets kurs.",
                    da="Udsigten fra sidste års kursus.",
                    en="The view from last year’s course.",
                )
            },
        }
