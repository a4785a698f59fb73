"""The brand bar on top: the union's logo and name, and beside them the branch's own."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from templates_lib.blocks.fields import MessageBlock


class Block(MessageBlock):
    may_be_optional = False

    class Meta:
        order = 10
        icon = "home"
        label = _("Header")
        description = _("The union’s logo and name, and beside them the branch’s own. Stands first.")
        preview_value: ClassVar[dict[str, Any]] = {}
