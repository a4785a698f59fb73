"""When, where, answer by: what a member looks for first."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from templates_lib.blocks.fields import ChoiceField, DateTime, MessageBlock, PlaceField


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
