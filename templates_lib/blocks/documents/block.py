"""Papers to read beforehand: up to four links under a heading."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from templates_lib.blocks.fields import LinkField, MessageBlock, ShortText, in_every_language


def _paper(address: str, **texts: str) -> dict[str, Any]:
    return {"url": f"https://forbundet.example.org/{address}", "text": in_every_language(**texts)}


class Block(MessageBlock):
    heading = ShortText(label=_("Heading"), max_length=80)
    first = LinkField(label=_("First document"), max_length=100)
    second = LinkField(label=_("Second document"), max_length=100)
    third = LinkField(label=_("Third document"), max_length=100)
    fourth = LinkField(label=_("Fourth document"), max_length=100)

    class Meta:
        order = 65
        icon = "doc-full"
        label = _("Documents")
        description = _("Up to four links to papers on the web: minutes, a budget, an agreement.")
        preview_value = {
            "heading": {
                "text": in_every_language(sv="Handlingar", nb="Sakspapirer", da="Mødepapirer", en="Papers"),
            },
            "first": _paper(
                "arsmote", sv="Verksamhetsberättelse 2026", nb="Årsberetning 2026", da="Årsberetning 2026",
                en="Annual report 2026",
            ),
            "second": _paper(
                "budget", sv="Förslag till budget", nb="Budsjettforslag", da="Budgetforslag", en="Budget proposal"
            ),
        }  # fmt: skip
