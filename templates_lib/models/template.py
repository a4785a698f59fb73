"""Invitation templates: blocks in an order fixed by staff, and the runs of the gate they pass before publication."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from templates_lib.blocks import vocabulary
from templates_lib.blocks.fields import in_language
from templates_lib.fields import MessageField, TranslatedField
from templates_lib.models import previewed
from templates_lib.models.brand import Brand
from templates_lib.models.guarded import Guarded
from templates_lib.models.topic import Topic
from templates_lib.slots import Slot

BRANDS = 8  # shown in the preview's list


class InvitationTemplate(Guarded, previewed.Previewed, models.Model):
    """Blocks in an order fixed by staff; each block's fields are locked or slots for a representative to fill."""

    class Task(models.TextChoices):
        MEETING = "meeting", _("Meetings")
        NEGOTIATION = "negotiation", _("Pay and negotiation")
        COURSE = "course", _("Courses and events")
        NEWS = "news", _("Newsletters")
        MEMBER = "member", _("To one’s members")
        NOTICE = "notice", _("Notices")

    name = models.CharField(_("name"), max_length=120, help_text=_("What staff call it."))
    slug = models.SlugField(max_length=60, blank=True, editable=False)  # names a shipped template
    task = models.CharField(_("task"), max_length=12, choices=Task.choices, default=Task.MEETING)
    titles = TranslatedField(
        _("title"), default=dict, blank=True, help_text=_("The task: “Summons to the annual meeting”.")
    )
    descriptions = TranslatedField(_("when to use it"), default=dict, blank=True)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="templates", verbose_name=_("topic"))
    subject = TranslatedField(_("suggested subject"), default=dict, blank=True)
    body = MessageField(vocabulary(), verbose_name=_("blocks"))
    approval_required = models.BooleanField(
        _("a second person approves"),
        default=False,
        help_text=_("Nobody publishes a change alone: somebody else looks at it first."),
    )
    invitations_approved = models.BooleanField(
        _("a second person approves each invitation"),
        default=False,
        help_text=_("Whoever writes one asks somebody else to approve it before it is sent."),
    )
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True, editable=False)
    replaced_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaces", verbose_name=_("replaced by")
    )

    workflow_states = GenericRelation(
        "wagtailcore.WorkflowState",
        content_type_field="base_content_type",
        object_id_field="object_id",
        related_query_name="invitation_template",
        for_concrete_model=False,
    )
    _revisions = GenericRelation("wagtailcore.Revision", related_query_name="invitation_template")

    class Meta:
        ordering = ["name"]
        verbose_name = _("invitation template")
        verbose_name_plural = _("invitation templates")

    def __str__(self) -> str:
        return self.name

    @property
    def revisions(self):  # type: ignore[no-untyped-def]  # the name and shape Wagtail asks for
        return self._revisions

    def title(self, language: str) -> str:
        """What representatives call it."""
        return in_language(self.titles, language) or self.name

    def description(self, language: str) -> str:
        return in_language(self.descriptions, language)

    def slots(self, language: str) -> list[Slot]:
        """What a representative is asked, worded in `language`, in reading order."""
        return [slot for child in self.body for slot in child.block.asked(child, language)]

    def defaults(self, language: str) -> dict[str, Any]:
        """The slot values to start from: what staff wrote, in `language`."""
        return {key: value for child in self.body for key, value in child.block.started(child, language).items()}

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        """Every face in every language; the main ones also as units with a brand of their own will send them."""
        below = list(Brand.objects.filter(unit__depth__gt=1).select_related("unit").order_by("unit__path")[:BRANDS])
        return previewed.modes([(brand.pk, str(brand)) for brand in below])


class GateState(models.TextChoices):
    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("being checked")
    PASSED = "passed", _("passed")
    REFUSED = "refused", _("refused")
    BROKEN = "broken", _("could not be checked")


class GateRun(models.Model):
    """One revision going through the gate in a worker; when it has passed, what staff asked for is done.

    `findings` is a list of `templates_lib.render.gate.Finding` as JSON.
    """

    class Then(models.TextChoices):
        NOTHING = "", _("nothing")
        PUBLISH = "publish", _("publish")
        APPROVE = "approve", _("approve")

    template = models.ForeignKey(InvitationTemplate, on_delete=models.CASCADE, related_name="gate_runs")
    revision = models.ForeignKey("wagtailcore.Revision", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=GateState.choices, default=GateState.QUEUED)
    then = models.CharField(max_length=8, choices=Then.choices, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    comment = models.TextField(blank=True)  # the approver's words
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    findings = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    beat_at = models.DateTimeField(null=True, blank=True)  # the worker's last sign of life
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="gate_open", condition=Q(state__in=["queued", "running"])),
            models.Index(fields=["revision", "-id"], name="gate_by_revision"),
        ]

    def __str__(self) -> str:
        return f"{self.template_id}:{self.revision_id}"
