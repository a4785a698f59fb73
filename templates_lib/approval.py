"""The workflow of approval by a second person, for the templates that ask for it."""

from __future__ import annotations

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.utils import translation
from django.utils.translation import gettext as _
from wagtail.models import Workflow, WorkflowContentType, WorkflowTask

from templates_lib.models import InvitationTemplate, SecondPersonTask


def ensure_workflow() -> Workflow:
    """Templates' workflow, with the second person as its only step. Repeatable; a workflow that is there is kept."""
    content_type = ContentType.objects.get_for_model(InvitationTemplate, for_concrete_model=False)
    known = WorkflowContentType.objects.filter(content_type=content_type).select_related("workflow").first()
    if known:
        return known.workflow
    with translation.override(settings.LANGUAGE_CODE):
        workflow = Workflow.objects.create(name=_("Approval by a second person"))
        task = SecondPersonTask.objects.create(name=_("Somebody else looks at it"))
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    WorkflowContentType.objects.create(content_type=content_type, workflow=workflow)
    return workflow
