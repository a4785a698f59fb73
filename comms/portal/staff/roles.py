"""Staff roles: who is staff (a mandate at the union), and who may edit templates in Wagtail (a group)."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import Group, Permission
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from comms.people.models import Mandate, Unit, User
from comms.people.scope import live
from comms.portal.staff import Refused, history, mandates
from templates_lib import approval

EDITORS = "Template editors"


def ensure_editors() -> Group:
    """The group, with the door to Wagtail, everything in the print shop and the workflow of approval.

    Repeatable; called after each migrate.
    """
    group, _created = Group.objects.get_or_create(name=EDITORS)
    door = Q(content_type__app_label="wagtailadmin", codename="access_admin")
    approval.ensure_workflow()
    group.permissions.add(*Permission.objects.filter(door | Q(content_type__app_label="templates_lib")))
    return group


def union_root() -> Unit:
    return Unit.objects.filter(depth=1, kind=Unit.Kind.UNION).order_by("path")[0]


def staff_people(*, on: datetime.date) -> QuerySet[User]:
    """Everybody with a staff mandate today, annotated with `is_editor`."""
    staff = Mandate.objects.filter(live(on), user=OuterRef("pk"), role=Mandate.Role.STAFF, unit__depth=1)
    return with_editor(User.objects.filter(Exists(staff), is_active=True)).order_by("last_name", "first_name", "id")


def with_editor(users: QuerySet[User]) -> QuerySet[User]:
    return users.annotate(is_editor=Exists(Group.objects.filter(name=EDITORS, user=OuterRef("pk"))))


def make_staff(user: User, *, by: User, on: datetime.date) -> Mandate:
    """Gives a staff mandate at the union from today on. Raises `Refused`."""
    mandate = Mandate(user=user, unit=union_root(), role=Mandate.Role.STAFF, start=on)
    mandates.give(mandate, by=by, on=on)
    history.note("people.staff.give", user, by=by)
    return mandate


def end_staff(user: User, *, by: User, on: datetime.date) -> None:
    """Ends the staff role at once, and template editing with it. Raises `Refused` for oneself and the last one."""
    held = Mandate.objects.filter(live(on), user=user, role=Mandate.Role.STAFF, unit__depth=1)
    if not held:
        raise Refused(_("The person is not staff."))
    for mandate in held:
        mandates.end(mandate, last_day=on - datetime.timedelta(days=1), by=by, on=on)
    ensure_editors().user_set.remove(user)
    history.note("people.staff.end", user, by=by)


def let_edit_templates(user: User, *, allowed: bool, by: User, on: datetime.date) -> None:
    """Opens or closes Wagtail for a staff person. Raises `Refused` for others: representatives never enter (S23)."""
    if allowed and not staff_people(on=on).filter(pk=user.pk).exists():
        raise Refused(_("Only staff may edit templates. Make the person staff first."))
    group = ensure_editors()
    (group.user_set.add if allowed else group.user_set.remove)(user)
    history.note("people.editor.give" if allowed else "people.editor.end", user, by=by)
