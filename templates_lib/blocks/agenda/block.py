"""What happens, in order: entries with their times in a column of their own."""

from django.utils.translation import gettext_lazy as _

from templates_lib.blocks.fields import LinesField, MessageBlock, ShortText, in_every_language


class Block(MessageBlock):
    heading = ShortText(label=_("Heading"), max_length=80)
    entries = LinesField(label=_("Agenda"), max_length=3000)

    class Meta:
        order = 45
        icon = "list-ol"
        label = _("Agenda")
        description = _("What happens, in order: one entry a line, the time or the number in front.")
        preview_value = {
            "heading": {"text": in_every_language(sv="Program", nb="Program", da="Program", en="Programme")},
            "entries": {
                "text": in_every_language(
                    sv="17.30 Kaffe och smörgås\n18.00 Läget i avtalsrörelsen\n19.15 Val av skyddsombud",
                    nb="17.30 Kaffe og smørbrød\n18.00 Status i lønnsoppgjøret\n19.15 Valg av verneombud",
                    da="17.30 Kaffe og smørrebrød\n18.00 Status på overenskomsten\n19.15 Valg af repræsentant",
                    en="17.30 Coffee and sandwiches\n18.00 Where the pay talks stand\n19.15 Election",
                )
            },
        }
