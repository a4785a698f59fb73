"""What stands between a draft and publication: the gate, a second person where asked for, and retirement.

Every way of publishing (the editor, a workflow, a schedule, an earlier version) ends in `publish`: it is guarded there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.core.exceptions import PermissionDenied
from django.db import models
from wagtail.models import DraftStateMixin, LockableMixin, RevisionMixin, TaskState, WorkflowMixin

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager
    from wagtail.models import Revision, Workflow

    from comms.people.models import User
    from templates_lib.models.template import GateRun

OF_THE_ROW = ("slug", "retired_at", "replaced_by_id")  # of the template as a whole, never of one version


class Guarded(WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, models.Model):
    """Drafts, history, lock and workflow, where nobody publishes what has not been checked."""

    approval_required: models.BooleanField[bool, bool]
    if TYPE_CHECKING:
        gate_runs: RelatedManager[GateRun]
        retired_at: Any

    class Meta:
        abstract = True

    # --- approval ---------------------------------------------------------------------------------------------------

    @property
    def needs_approval(self) -> bool:
        """Somebody else looks first: in this draft, or as it stands, so that nobody lifts the rule alone."""
        return self.approval_required or type(self).objects.filter(pk=self.pk, approval_required=True).exists()

    def get_workflow(self) -> Workflow | None:
        return self.get_default_workflow() if self.needs_approval else None

    # --- publication ------------------------------------------------------------------------------------------------

    def publish(self, revision: Revision, user: User | None = None, **options: Any) -> None:
        """Raises `PermissionDenied` for a version that may not be published in somebody's name.

        Without a name it is our own doing: shipped templates, and what `templates_lib.schedule` has looked at.
        """
        if user is not None and not self.is_cleared(revision):
            raise PermissionDenied
        super().publish(revision, user=user, **options)

    def is_cleared(self, revision: Revision) -> bool:
        """Exactly this version passed the gate, was approved where that is asked for, and the template is in use."""
        since = revision.created_at  # later than a check or an approval: it was written over
        return (
            not self.retired_at
            and self.gate_runs.filter(revision=revision, state="passed", created_at__gte=since).exists()
            and (not self.needs_approval or _approved(revision))
        )

    # --- versions ---------------------------------------------------------------------------------------------------

    def save_revision(self, *args: Any, overwrite_revision: Revision | None = None, **options: Any) -> Revision:
        """Autosave writes over its own last version, but never over one that was checked, approved or published.

        Who approves sees the newest version.
        """
        if overwrite_revision is not None and self._is_kept(overwrite_revision):
            overwrite_revision = None
        revision = super().save_revision(*args, overwrite_revision=overwrite_revision, **options)
        TaskState.objects.for_instance(self).filter(status=TaskState.STATUS_IN_PROGRESS).update(revision=revision)
        return revision

    def _is_kept(self, revision: Revision) -> bool:
        return (
            self.gate_runs.filter(revision=revision).exists()
            or revision.task_states.exists()
            or type(self).objects.filter(live_revision=revision).exists()
        )

    def with_content_json(self, content: dict[str, Any]) -> Self:
        """A version as an object; what belongs to the template as a whole stays as it is."""
        version = super().with_content_json(content)
        for name in OF_THE_ROW:
            setattr(version, name, getattr(self, name))
        return version


def _approved(revision: Revision) -> bool:
    approved = revision.task_states.filter(status=TaskState.STATUS_APPROVED, finished_at__gte=revision.created_at)
    return approved.exclude(finished_by=None).exists()
