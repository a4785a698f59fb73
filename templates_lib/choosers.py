"""Choosers whose words follow the reader: Wagtail words them once, in the language of whoever comes first."""

from __future__ import annotations

from typing import Any

from django.utils.functional import cached_property, lazy
from django.utils.translation import gettext
from wagtail.snippets.blocks import SnippetChooserBlock

WORDS = {  # Wagtail's own, in its own translations
    "choose_one_text": "Choose %(object)s",
    "choose_another_text": "Choose another %(object)s",
    "link_to_chosen_text": "Edit this %(object)s",
}


def worded_late(widget: Any) -> Any:
    """The widget of a snippet chooser, worded each time it is drawn."""
    name = widget.model._meta.verbose_name
    for attribute, words in WORDS.items():
        setattr(widget, attribute, lazy(lambda words=words: gettext(words) % {"object": name}, str)())
    return widget


class ChooserBlock(SnippetChooserBlock):
    @cached_property
    def widget(self) -> Any:
        return worded_late(super().widget)
