"""Two texts side by side, one under the other on phones."""

from django.utils.translation import gettext_lazy as _

from templates_lib.blocks.fields import MessageBlock, RichText, ShortText, in_every_language


class Block(MessageBlock):
    first_heading = ShortText(label=_("First heading"), max_length=60)
    first_text = RichText(label=_("First text"), max_length=1200)
    second_heading = ShortText(label=_("Second heading"), max_length=60)
    second_text = RichText(label=_("Second text"), max_length=1200)

    class Meta:
        order = 58
        icon = "table"
        label = _("Two columns")
        description = _("Two short texts side by side; on a phone the second stands under the first.")
        preview_value = {
            "first_heading": {
                "text": in_every_language(sv="För dig", nb="For deg", da="For dig", en="For you"),
            },
            "first_text": {
                "text": in_every_language(
                    sv="<p>Rådgivning, försäkring och kurser ingår i medlemskapet.</p>",
                    nb="<p>Rådgivning, forsikring og kurs er med i medlemskapet.</p>",
                    da="<p>Rådgivning, forsikring og kurser er med i medlemskabet.</p>",
                    en="<p>Advice, insurance and courses come with your membership.</p>",
                )
            },
            "second_heading": {
                "text": in_every_language(
                    sv="På jobbet", nb="På jobben", da="På arbejdspladsen", en="At work",
                ),
            },
            "second_text": {
                "text": in_every_language(
                    sv="<p>Ditt ombud förhandlar om lön, scheman och arbetsmiljö.</p>",
                    nb="<p>Tillitsvalgte forhandler om lønn, vaktplaner og arbeidsmiljø.</p>",
                    da="<p>Din repræsentant forhandler om løn, vagtplaner og arbejdsmiljø.</p>",
                    en="<p>Your representative negotiates pay, rotas and working conditions.</p>",
                )
            },
        }  # fmt: skip
