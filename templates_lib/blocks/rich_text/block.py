"""Running text: paragraphs, lists, links."""

from django.utils.translation import gettext_lazy as _

from templates_lib.blocks.fields import MessageBlock, RichText, in_every_language


class Block(MessageBlock):
    text = RichText(label=_("Text"), max_length=4000)

    class Meta:
        order = 30
        icon = "pilcrow"
        label = _("Text")
        description = _("Running text with bold, italics, lists and links.")
        preview_value = {
            "text": {
                "text": in_every_language(
                    sv="<p>Hej!</p><p>I höst förhandlar vi om nya löner. <b>Din röst avgör</b> vad vi kräver, "
                    "och på mötet väljer vi vilka som sitter vid bordet.</p>",
                    nb="<p>Hei!</p><p>Til høsten forhandler vi om ny lønn. <b>Din stemme avgjør</b> hva vi krever, "
                    "og på møtet velger vi hvem som sitter ved bordet.</p>",
                    da="<p>Hej!</p><p>Til efteråret forhandler vi om ny løn. <b>Din stemme afgør</b>, hvad vi kræver, "
                    "og på mødet vælger vi, hvem der sidder ved bordet.</p>",
                    en="<p>Hello!</p><p>This autumn we negotiate pay. <b>Your voice decides</b> what we ask for, "
                    "and at the meeting we choose who sits at the table.</p>",
                )
            }
        }
