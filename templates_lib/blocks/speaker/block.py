"""Somebody one can listen to: a portrait beside a name, what they do, and a few words about them."""

from django.utils.translation import gettext_lazy as _

from templates_lib.blocks.fields import ImageField, MessageBlock, RichText, ShortText, in_every_language


class Block(MessageBlock):
    name = ShortText(label=_("Name"), max_length=80)
    role = ShortText(label=_("What they do"), max_length=120)
    portrait = ImageField(label=_("Portrait"), max_length=200, drawing="portrait")
    about = RichText(label=_("About the person"), max_length=1200)

    class Meta:
        order = 55
        icon = "user"
        label = _("Speaker")
        description = _("A portrait beside a name, what they do, and a few words about them.")
        preview_value = {
            "name": {"text": in_every_language(sv="Elin Berg", nb="Elin Berg", da="Elin Berg", en="Elin Berg")},
            "role": {
                "text": in_every_language(
                    sv="Avtalsekonom, Förbundet Samklang",
                    nb="Avtaleøkonom, Forbundet Samklang",
                    da="Overenskomstøkonom, Forbundet Samklang",
                    en="Pay analyst, Samklang Union",
                )
            },
            "portrait": {
                "alt": in_every_language(
                    sv="Porträtt av Elin Berg",
                    nb="Portrett av Elin Berg",
                    da="Portræt af Elin Berg",
                    en="Portrait of Elin Berg",
                )
            },
            "about": {
                "text": in_every_language(
                    sv="<p>Elin har räknat på löner i tjugo år och svarar gärna på frågor efteråt.</p>",
                    nb="<p>Elin har regnet på lønn i tjue år og svarer gjerne på spørsmål etterpå.</p>",
                    da="<p>Elin har regnet på løn i tyve år og svarer gerne på spørgsmål bagefter.</p>",
                    en="<p>Elin has worked on pay for twenty years and gladly takes questions afterwards.</p>",
                )
            },
        }
