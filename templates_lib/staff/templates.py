"""The list of templates, their editor, and what the editor's buttons do."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.panels import FieldPanel, HelpPanel, MultiFieldPanel, ObjectList, PublishingPanel
from wagtail.admin.ui.tables import Column, LiveStatusTagColumn, UpdatedAtColumn
from wagtail.admin.widgets.button import Button
from wagtail.models import Revision, Workflow, WorkflowState
from wagtail.snippets.action_menu import ActionMenuItem, SubmitForModerationMenuItem
from wagtail.snippets.views.snippets import (
    CreateView,
    EditView,
    IndexView,
    SnippetViewSet,
    WorkflowActionView,
)

from templates_lib.models import GateRun, InvitationTemplate
from templates_lib.staff import checking, retirement, usage

ASIDE = "print-shop-aside"  # columns a small telephone does without
RETIRED = "retired"  # ?retired=1: what is no longer used, apart from the rest


class TemplateIndexView(IndexView):
    """The templates in use, or the retired ones; who uses each is asked once for the whole page."""

    @property
    def showing_retired(self) -> bool:
        return bool(self.request.GET.get(RETIRED))

    def get_base_queryset(self) -> Any:
        rows = super().get_base_queryset().select_related("topic", "replaced_by")
        return rows.filter(retired_at__isnull=not self.showing_retired)

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """The way to the other list."""
        if self.showing_retired:
            other = Button(_("Templates in use"), url=self.index_url, icon_name="mail")
        else:
            other = Button(_("Retired templates"), url=f"{self.index_url}?{RETIRED}=1", icon_name="history")
        return [*super().header_more_buttons, other]

    def get_page_subtitle(self) -> Any:
        return _("Retired templates") if self.showing_retired else super().get_page_subtitle()

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(*args, **kwargs)
        rows = list(context["object_list"])
        tell_all(rows)
        return {**context, "object_list": rows}


def tell_all(rows: list[Any]) -> None:
    """What the columns would ask of each row: its use, its date, its workflow. One query each for all rows."""
    of_templates = ContentType.objects.get_for_model(InvitationTemplate, for_concrete_model=False)
    these = {"base_content_type": of_templates, "object_id__in": [str(row.pk) for row in rows]}
    words = usage.described(rows)
    dated = {one.object_id: one for one in Revision.objects.filter(approved_go_live_at__isnull=False, **these)}
    running: dict[str, list[WorkflowState]] = {}
    for state in WorkflowState.objects.active().filter(**these).select_related("current_task_state__task"):
        running.setdefault(state.object_id, []).append(state)
    for row in rows:
        row.used = words.get(row.pk, "")
        row.scheduled_revision = dated.get(str(row.pk))
        row._current_workflow_states = running.get(str(row.pk), [])


class WhereaboutsColumn(Column):
    """Published or a draft, or retired and for what."""

    def get_value(self, instance: InvitationTemplate) -> Any:
        if not instance.retired_at:
            return ""
        if instance.replaced_by:
            return _("Replaced by %(name)s") % {"name": instance.replaced_by}
        return _("Retired")


class TemplateCreateView(CreateView):
    workflow: Workflow | None = None  # a new template is saved once before anybody is asked about it


class TemplateEditView(EditView):
    """Saves drafts; “Publish” and “Approve” lead to the check."""

    def get_object(self, queryset: Any = None) -> InvitationTemplate:
        draft = super().get_object(queryset)
        self.approval_was_required = self.live_object.approval_required
        return draft

    def save_instance(self) -> InvitationTemplate:
        """An approver decides about what was sent. Lifting the second person's look waits for one itself."""
        if self.action == "workflow-action":
            self.new_revision, self.has_content_changes = None, False
            return self.object
        instance = super().save_instance()
        if self.approval_was_required:
            InvitationTemplate.objects.filter(pk=instance.pk).update(approval_required=True)
        return instance

    def get_success_message(self, instance: Any = None) -> Any:
        if self.action == "submit":
            return _("“%(name)s” waits for somebody else to approve it.") % {"name": instance or self.object}
        return super().get_success_message(instance)

    def workflow_action_action(self) -> HttpResponse | None:
        if self.workflow_action != "approve":
            return super().workflow_action_action()
        more = json.loads(self.request.POST.get("workflow-action-extra-data") or "{}")
        revision = self.object.current_workflow_task_state.revision
        return checking.begin(
            self.request, self.object, revision=revision, then=GateRun.Then.APPROVE, comment=more.get("comment", "")
        )


class TemplateWorkflowActionView(WorkflowActionView):
    """Approving from a list leads to the check as well."""

    def post(self, request: checking.Request, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form_class(request.POST) if self.form_class else None
        if self.action_name != "approve" or (form and not form.is_valid()):
            return super().post(request, *args, **kwargs)
        comment = form.cleaned_data.get("comment", "") if form else ""
        begun = checking.begin(
            request, self.object, revision=self.task_state.revision, then=GateRun.Then.APPROVE, comment=comment
        )
        if request.headers.get("x-requested-with") == "XMLHttpRequest":
            return self.render_modal_json(request, {"step": "success", "redirect": begun.url})
        return begun


# --- the editor's buttons -------------------------------------------------------------------------------------------
class SendForApproval(SubmitForModerationMenuItem):
    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        return {**super().get_context_data(parent_context), "label": _("Send for approval")}


class Retire(ActionMenuItem):
    """Leads to a page that says what happens."""

    name = "action-retire"
    label = gettext_lazy("Retire…")
    icon_name = "history"
    order = 80
    template_name = "templates_lib/staff/retire_button.html"

    def get_url(self, parent_context: Any) -> str:
        return checking.url("retire", parent_context["instance"].pk)


class TakeBack(ActionMenuItem):
    """Not a link: it changes something, so it is posted."""

    name = "action-take-back"
    label = gettext_lazy("Take back into use")
    icon_name = "undo"
    order = 80
    template_name = "templates_lib/staff/take_back_button.html"

    def get_url(self, parent_context: Any) -> str:
        return checking.url("take_back", parent_context["instance"].pk)


@hooks.register("construct_snippet_action_menu")
def offer_what_is_possible(menu_items: list[Any], request: HttpRequest, context: dict[str, Any]) -> None:
    """No “Publish” where somebody else has to approve, no approval where nobody asked for one; “Retire…” at the end."""
    if context["model"] is not InvitationTemplate:
        return
    template = context.get("instance")
    unwanted = {"action-restart-workflow"}
    if template is None or not template.needs_approval:
        unwanted |= {"action-submit"}
    if template and (template.needs_approval or template.retired_at):
        unwanted |= {"action-publish"}
    menu_items[:] = [_renamed(item) for item in menu_items if item.name not in unwanted]
    if template and context["view"] == "edit" and request.user.has_perm("templates_lib.publish_invitationtemplate"):
        menu_items.append(TakeBack() if template.retired_at else Retire())


def _renamed(item: Any) -> Any:
    return SendForApproval(order=item.order) if item.name == "action-submit" else item


class TemplateViewSet(SnippetViewSet):
    model = InvitationTemplate
    icon = "mail"
    menu_label = gettext_lazy("Templates")
    list_display = [
        "name",
        Column("get_task_display", label=gettext_lazy("Task"), sort_key="task", classname=ASIDE),
        Column("topic", label=gettext_lazy("Topic"), sort_key="topic", classname=ASIDE),
        usage.UseColumn("used", label=gettext_lazy("Use")),
        LiveStatusTagColumn(label=gettext_lazy("Status")),
        WhereaboutsColumn("whereabouts", label=""),
        UpdatedAtColumn(label=gettext_lazy("Updated"), classname=ASIDE),
    ]
    list_filter = ["task", "topic"]
    search_fields = ["name"]
    index_view_class = TemplateIndexView
    add_view_class = TemplateCreateView
    edit_view_class = TemplateEditView
    workflow_action_view_class = TemplateWorkflowActionView
    edit_handler = ObjectList([
        HelpPanel(template="templates_lib/staff/state.html"),
        FieldPanel("name"),
        MultiFieldPanel(
            [FieldPanel("titles"), FieldPanel("descriptions"), FieldPanel("task"), FieldPanel("topic")],
            heading=gettext_lazy("In the gallery"),
        ),
        FieldPanel("subject"),
        FieldPanel("body"),
        FieldPanel("approval_required"),
        FieldPanel("invitations_approved"),
        PublishingPanel(),
    ])  # fmt: skip

    def get_urlpatterns(self) -> list[Any]:
        return [
            *super().get_urlpatterns(),
            path("check/<int:run>/", checking.check, name="check"),
            path("check/<int:run>/again/", checking.again, name="check_again"),
            path("retire/<int:pk>/", retirement.retire, name="retire"),
            path("take-back/<int:pk>/", retirement.take_back, name="take_back"),
        ]
