"""When, where, answer by: what a member looks for first."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from templates_lib.blocks.fields import ChoiceField, DateTime, MessageBlock, PlaceField, in_every_language


class Block(MessageBlock):
    when = DateTime(label=_("When it begins"))
    until = DateTime(label=_("When it ends"))
    where = PlaceField(label=_("Where"))
    how = ChoiceField(label=_("How to take part"))
    answer_by = DateTime(label=_("Answer no later than"))

    words = {
        "when": pgettext_lazy("message", "When"),
        "where": pgettext_lazy("message", "Where"),
        "how": pgettext_lazy("message", "How"),
        "answer_by": pgettext_lazy("message", "Answer by"),
        "map": pgettext_lazy("message", "Show on the map"),
        "online": pgettext_lazy("message", "Open the link"),
        "until": pgettext_lazy("message", "until"),
    }

    class Meta:
        order = 40
        icon = "date"
        label = _("When, where, answer by")
        description = _("What a member looks for first: date and time, place with a map, when to answer.")
        preview_value = {
            "when": {"at": "2027-03-12T18:00:00"},
            "until": {"at": "2027-03-12T20:30:00"},
            "where": {"name": "Folkets hus, Stora salen", "address": "Storgatan 12, Östersund"},
            "how": {
                "choices": [
                    in_every_language(
                        sv="På plats eller digitalt",
                        nb="Fysisk eller digitalt",
                        da="Fremmøde eller digitalt",
                        en="On site or online",
                    )
                ]
            },
            "answer_by": {"at": "2027-03-05T17:00:00"},
        }
