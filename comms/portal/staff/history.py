"""Who did what to accounts, mandates and units: Wagtail's log, kept for ever, without personal data in the rows."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import LogActionRegistry, log

from comms.people.models import User

ACTIONS = {
    "people.user.invite": _("Account made and invitation mailed"),
    "people.user.invite_again": _("Invitation mailed again"),
    "people.user.change": _("Details changed"),
    "people.user.end": _("Account ended"),
    "people.user.reopen": _("Account opened again"),
    "people.mandate.give": _("Mandate given"),
    "people.mandate.end": _("Mandate ended"),
    "people.mandate.withdraw": _("Mandate withdrawn before it began"),
    "people.unit.add": _("Unit added"),
    "people.unit.change": _("Unit changed"),
    "people.unit.close": _("Unit closed"),
    "people.staff.give": _("Made staff"),
    "people.staff.end": _("No longer staff"),
    "people.editor.give": _("May edit templates"),
    "people.editor.end": _("May no longer edit templates"),
    "people.power.give": _("A role may do more"),
    "people.power.end": _("A role may no longer do it"),
}


def register(actions: LogActionRegistry) -> None:
    for name, text in ACTIONS.items():
        actions.register_action(name, text, text)


def note(action: str, instance: models.Model, *, by: User, **ids: object) -> None:
    """One row saying that `by` did `action` to `instance`; `ids` are keys and dates only."""
    log(instance, action, user=by, data={key: str(value) for key, value in ids.items()}, title=f"#{instance.pk}")
