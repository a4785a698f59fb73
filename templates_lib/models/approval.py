"""Approval of a template by somebody other than who wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.models import Task, TaskState

if TYPE_CHECKING:
    from comms.people.models import User
    from templates_lib.models.template import InvitationTemplate

MAY_PUBLISH = "templates_lib.publish_invitationtemplate"


class SecondPersonTask(Task):
    """A step of a workflow: somebody who may publish, but neither sent it for approval nor wrote the newest version."""

    class Meta:
        verbose_name = _("approval by a second person")
        verbose_name_plural = _("approvals by a second person")

    def is_second_person(self, template: InvitationTemplate, user: User) -> bool:
        state = template.current_workflow_task_state
        return (
            state is not None
            and user.has_perm(MAY_PUBLISH)
            and user.pk not in {state.workflow_state.requested_by_id, state.revision.user_id}
        )

    def get_actions(self, obj: InvitationTemplate, user: User) -> list[tuple[str, Any, bool]]:
        if not self.is_second_person(obj, user):
            return []
        return [
            ("reject", _("Ask for changes"), True),
            ("approve", _("Approve"), False),
            ("approve", _("Approve with a comment"), True),
        ]

    def on_action(self, task_state: TaskState, user: User, action_name: str, **kwargs: Any) -> Any:
        """Raises `PermissionDenied` for whoever is not a second person, however they got here."""
        template = task_state.workflow_state.content_object
        if not self.is_second_person(template, user):
            raise PermissionDenied
        return super().on_action(task_state, user, action_name, **kwargs)

    def get_task_states_user_can_moderate(self, user: User, **kwargs: Any) -> QuerySet[TaskState]:
        waiting = TaskState.objects.filter(task=self.task_ptr, status=TaskState.STATUS_IN_PROGRESS)
        if not user.has_perm(MAY_PUBLISH):
            return waiting.none()
        return waiting.exclude(workflow_state__requested_by=user).exclude(revision__user=user)

    @classmethod
    def get_description(cls) -> Any:
        return _("Somebody who neither wrote the newest version nor sent it for approval looks at it first.")
