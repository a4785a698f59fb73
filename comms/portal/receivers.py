"""After each migrate: the group of people who may edit templates exists and has its permissions."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_migrate
from django.dispatch import receiver

from comms.portal.staff import roles


@receiver(post_migrate)
def template_editors_exist(sender: Any, using: str, **_: Any) -> None:
    """Heard after Wagtail's door is in place; the print shop's permissions came before, by the order of the apps."""
    if sender.label == "wagtailadmin" and using == "default":
        roles.ensure_editors()
