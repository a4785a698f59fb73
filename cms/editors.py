"""What editors may do in the library, and its workflow: a second person, for whoever wants one."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.utils import translation
from django.utils.translation import gettext as _
from wagtail.models import (
    Collection,
    GroupCollectionPermission,
    GroupPagePermission,
    Site,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from cms.models import HomePage
from comms.portal.staff.roles import ensure_editors
from templates_lib.models import SecondPersonTask

PAGE = ("add", "change", "publish", "lock", "unlock", "bulk_delete")
FILE = ("add", "change", "choose", "delete")
KEPT = ("subject", "synonyms", "bestbet")  # what they write themselves
HEARD = ("change_unfound", "change_verdict")  # what readers tell


def ensure_library_editors() -> Group | None:
    """The group of editors may write, publish, lock and delete the library's pages, pictures and documents, and keep
    its words. Repeatable; called after each migrate. None before the library has its front page.
    """
    home = HomePage.objects.first()
    if home is None:
        return None
    group = ensure_editors()
    words = [f"{verb}_{model}" for model in KEPT for verb in ("add", "change", "delete", "view")]
    group.permissions.add(*Permission.objects.filter(content_type__app_label="cms", codename__in=[*words, *HEARD]))
    of_pages = Permission.objects.filter(
        content_type__app_label="wagtailcore", codename__in=[f"{verb}_page" for verb in PAGE]
    )
    for permission in of_pages:
        GroupPagePermission.objects.get_or_create(group=group, page_id=home.pk, permission=permission)
    _let_keep_files(group)
    Site.objects.filter(root_page_id=home.pk, site_name="").update(site_name=settings.UNION_NAME)
    ensure_workflow(home)
    return group


def _let_keep_files(group: Group) -> None:
    root = Collection.objects.filter(depth=1).first()
    of_files = Permission.objects.filter(
        content_type__app_label__in=("wagtailimages", "wagtaildocs"),
        codename__in=[f"{verb}_{model}" for verb in FILE for model in ("image", "document")],
    )
    for permission in of_files if root else ():
        GroupCollectionPermission.objects.get_or_create(group=group, collection=root, permission=permission)


def ensure_workflow(home: HomePage) -> Workflow:
    """“Submit for approval” is there, and nobody has to: whoever may publish still may. A workflow that staff have
    put in its place is kept.
    """
    known = WorkflowPage.objects.filter(page_id=home.pk).select_related("workflow").first()
    if known:
        return known.workflow
    with translation.override(settings.LANGUAGE_CODE):
        workflow = Workflow.objects.create(name=_("Library approval"))
        task = SecondPersonTask.objects.create(name=_("Somebody else reads it"))
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    WorkflowPage.objects.create(page_id=home.pk, workflow=workflow)
    return workflow
