"""The choosers of the staff screens, worded in the reader's language."""

from __future__ import annotations

from typing import Any

from django.utils.functional import cached_property
from wagtail.snippets.views.chooser import SnippetChooserViewSet

from templates_lib.choosers import worded_late


class Chooser(SnippetChooserViewSet):
    @cached_property
    def widget_class(self) -> Any:
        return worded_late(super().widget_class)
