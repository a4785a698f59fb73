"""The form behind the editor of a page."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.admin.forms.pages import WagtailAdminPageForm

from comms.people.models import Mandate, Unit, User
from comms.people.scope import live


def _staff() -> QuerySet[Any]:
    held = Mandate.objects.filter(live(timezone.localdate()), role=Mandate.Role.STAFF, user__is_active=True)
    return held.filter(unit__depth=1, unit__kind=Unit.Kind.UNION).values("user")


class LibraryPageForm(WagtailAdminPageForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "responsible" in self.fields:
            people = User.objects.filter(Q(pk__in=_staff()) | Q(pk=self.instance.responsible_id))
            self.fields["responsible"].queryset = people.order_by("first_name", "last_name")

    def clean(self) -> dict[str, Any]:
        """A draft may still be without its units; what is published may not."""
        cleaned: dict[str, Any] = super().clean()
        units = self.formsets.get("audience_units")
        if cleaned.get("audience") == "units" and units is not None and not self.is_deferred_validation:
            chosen = [form for form in units.forms if form.has_changed() or form.instance.pk]
            if not [form for form in chosen if form not in units.deleted_forms]:
                self.add_error("audience", ValidationError(_("Say which units may read it.")))
        return cleaned
