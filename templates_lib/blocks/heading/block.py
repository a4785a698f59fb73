"""What it is about: a kind of message over a large heading."""

from django.utils.translation import gettext_lazy as _

from templates_lib.blocks.fields import ChoiceField, MessageBlock, ShortText, in_every_language


class Block(MessageBlock):
    kind = ChoiceField(label=_("Kind of message"))
    text = ShortText(label=_("Heading"), max_length=90)

    class Meta:
        order = 20
        icon = "title"
        label = _("Heading")
        description = _("What it is about. The first one is the message’s title, those below it are smaller.")
        preview_value = {
            "kind": {
                "choices": [in_every_language(sv="Kallelse", nb="Innkalling", da="Indkaldelse", en="Summons")],
            },
            "text": {
                "text": in_every_language(
                    sv="Välkommen till medlemsmöte",
                    nb="Velkommen til medlemsmøte",
                    da="Velkommen til medlemsmøde",
                    en="Welcome to our members’ meeting",
                )
            },
        }
