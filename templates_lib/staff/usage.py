"""Who uses a template: whoever knows (the post office) says so through the hook `describe_template_use`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wagtail import hooks
from wagtail.admin.ui.tables import Column

from templates_lib.models import InvitationTemplate

HOOK = "describe_template_use"  # function(list of template ids) -> {id: words}


def described(templates: Iterable[InvitationTemplate]) -> dict[int, str]:
    """Template id -> “Used by 14 branches, last 12 March”; templates nobody uses are left out."""
    pks = [template.pk for template in templates]
    found: dict[int, str] = {}
    for describe in hooks.get_hooks(HOOK):
        found |= describe(pks)
    return found


def of(template: InvitationTemplate) -> str:
    return described([template]).get(template.pk, "")


class UseColumn(Column):
    """Asks once for the whole list: the view sets `used` on every row (`described`)."""

    def get_value(self, instance: Any) -> Any:
        return getattr(instance, "used", "")
