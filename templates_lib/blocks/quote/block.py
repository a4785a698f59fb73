"""Words somebody said, set apart from the running text."""

from django.utils.translation import gettext_lazy as _

from templates_lib.blocks.fields import MessageBlock, ShortText, in_every_language


class Block(MessageBlock):
    text = ShortText(label=_("Quote"), max_length=400)
    who = ShortText(label=_("Who said it"), max_length=120)

    class Meta:
        order = 57
        icon = "openquote"
        label = _("Quote")
        description = _("A few strong words by somebody, set apart from the text.")
        preview_value = {
            "text": {
                "text": in_every_language(
                    sv="Ensam är jag modig. Tillsammans får vi det skrivet i avtalet.",
                    nb="Alene er jeg modig. Sammen får vi det skrevet inn i avtalen.",
                    da="Alene er jeg modig. Sammen får vi det skrevet ind i overenskomsten.",
                    en="Alone I am brave. Together we get it written into the agreement.",
                )
            },
            "who": {
                "text": in_every_language(
                    sv="Samira Ali, undersköterska",
                    nb="Samira Ali, helsefagarbeider",
                    da="Samira Ali, social- og sundhedsassistent",
                    en="Samira Ali, assistant nurse",
                )
            },
        }
