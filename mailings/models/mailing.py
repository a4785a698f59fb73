"""One message by one representative, and its frozen faces."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from comms.people.models import LANGUAGES, Mandate, Unit
from comms.people.scope import Scope, ScopedManager
from templates_lib.models import InvitationTemplate, Picture, Topic


class MailingState(models.TextChoices):
    DRAFT = "draft", _("draft")
    AWAITING_APPROVAL = "awaiting_approval", _("awaiting approval")
    SCHEDULED = "scheduled", _("scheduled")
    HOLD = "hold", _("about to be sent")
    SENDING = "sending", _("sending")
    PAUSED = "paused", _("paused")
    DONE = "done", _("sent")
    CANCELLED = "cancelled", _("stopped")


class News(models.TextChoices):
    """What a mail of ours will say about a mailing, besides that it is done; the words are those of `notices`."""

    ASKED = "asked", "asked"
    APPROVED = "approved", "approved"
    SENT_BACK = "sent_back", "sent back"
    STOPPED = "stopped", "stopped"


class WorkMail(models.TextChoices):
    """What becomes of recipients whose address lies at an employer, who may be able to read it."""

    NEUTRAL = "neutral", _("They get it with a neutral subject")
    LEFT_OUT = "left_out", _("They do not get it by e-mail; send a letter or call")
    OPEN = "open", _("They get it like everybody else")


UNCONFIRMED = (MailingState.DRAFT, MailingState.AWAITING_APPROVAL)


def awaits(scope: Scope) -> Q:
    """The mailings that wait for the approval of whoever holds the scope."""
    holder = Mandate.objects.filter(pk__in=scope.mandates).values("user")
    return Q(state=MailingState.AWAITING_APPROVAL, approver__in=holder)


class MailingQuerySet(models.QuerySet["Mailing"]):
    def within(self, scope: Scope, *, practice: bool = False) -> Self:
        """What was written for the scope's own units, and once confirmed everything below them.

        Drafts are shared inside a unit (a deputy, a successor), not upwards (rulings, "People"); one that waits for
        somebody's approval is seen by that person. Practice is a world apart: nobody finds it who does not ask for
        it, and then nothing else.
        """
        written = ~Q(state__in=UNCONFIRMED) | awaits(scope)
        own = Q(unit__path__in=scope.paths)
        if practice:
            return self.filter(own, practice=True)
        return self.filter(own | (written & scope.unit_paths("unit__path")), practice=False)

    def newest(self) -> Self:
        return self.order_by("-created_at", "-id")


def mail_domain() -> str:
    return settings.MAIL_DOMAIN


class Mailing(models.Model):
    """One message: template revision, slot values, audience; frozen in `Rendition` at confirmation."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="mailings")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="mailings")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mailings")
    template = models.ForeignKey(InvitationTemplate, on_delete=models.PROTECT, related_name="mailings")
    revision = models.ForeignKey("wagtailcore.Revision", on_delete=models.PROTECT, related_name="+")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="mailings")
    language = models.CharField(max_length=2, choices=LANGUAGES, default="sv")
    subject = models.CharField(max_length=200, blank=True)
    preheader = models.CharField(max_length=200, blank=True)
    values = models.JSONField(default=dict, blank=True)  # slot key -> value, see templates_lib.slots
    audience = models.JSONField(default=dict, blank=True)  # mailings.audience.Filter, {} = the whole mandate
    translations = models.JSONField(
        default=dict, blank=True
    )  # language -> {subject, preheader, values}, the sender's own
    attach_pdf = models.BooleanField(default=False)
    neutral = models.BooleanField(default=False, db_default=False)  # says nothing in a list of mails, to nobody
    work_mail = models.CharField(
        max_length=8, choices=WorkMail.choices, default=WorkMail.NEUTRAL, db_default=WorkMail.NEUTRAL
    )
    purpose = models.JSONField(default=dict, blank=True)  # language -> what for, as it was said when it was confirmed
    legal_basis = models.CharField(max_length=40, blank=True, default="", db_default="")  # articles of the GDPR, too
    version = models.PositiveIntegerField(default=1)  # one more for every saved change
    state = models.CharField(max_length=20, choices=MailingState.choices, default=MailingState.DRAFT)
    pause_reason = models.CharField(max_length=40, blank=True)
    bounces_accepted = models.BooleanField(default=False)  # somebody went on after `many_bounces`
    weight = models.FloatField(default=1.0)
    mail_domain = models.CharField(max_length=253, default=mail_domain)  # of its Message-IDs, kept with what was sent
    locked_count = models.PositiveIntegerField(default=0)  # recipient rows of the snapshot, skipped ones included
    moved_from = models.PositiveIntegerField(null=True, blank=True)  # `locked_count` before it changed too much
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    due_at = models.DateTimeField(null=True, blank=True)  # scheduled (or wished) start, or end of the undo time
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approver = models.ForeignKey(  # the second person who was asked, where one is needed
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approver_says = models.CharField(max_length=500, blank=True)  # with what it was sent back
    begins_at = models.DateTimeField(null=True, blank=True)  # the event: an invitation that comes later helps nobody
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    practice = models.BooleanField(default=False, db_default=False)  # to invented members; never more than a draft
    practised_at = models.DateTimeField(null=True, blank=True)  # when “send” was pressed in practice
    told_at = models.DateTimeField(null=True, blank=True)  # its sender has been told that it is done
    to_tell = models.CharField(max_length=12, choices=News.choices, blank=True)  # what somebody is still to be told
    blanked_at = models.DateTimeField(null=True, blank=True)  # names and addresses of its recipients are gone

    objects = ScopedManager.from_queryset(MailingQuerySet)()
    unscoped = models.Manager.from_queryset(MailingQuerySet)()

    class Meta:
        base_manager_name = default_manager_name = "unscoped"
        indexes = [
            models.Index(fields=["unit", "-created_at"], name="mailing_by_unit"),
            models.Index(fields=["due_at"], name="mailing_due", condition=Q(state__in=["hold", "scheduled"])),
            models.Index(fields=["id"], name="mailing_sending", condition=Q(state="sending")),
            models.Index(fields=["finished_at"], name="mailing_to_tell", condition=Q(state="done", told_at=None)),
            models.Index(fields=["id"], name="mailing_news", condition=~Q(to_tell="")),
            models.Index(
                fields=["finished_at"], name="mailing_to_blank", condition=Q(blanked_at=None, finished_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="mailing_confirmed_by_someone",
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="mailing_asked_of_someone",
                condition=Q(asked_at__isnull=True, approver__isnull=True)
                | Q(asked_at__isnull=False, approver__isnull=False),
            ),
            models.CheckConstraint(
                name="mailing_approved_when_asked", condition=Q(approved_at__isnull=True) | Q(asked_at__isnull=False)
            ),
            models.CheckConstraint(
                name="mailing_hold_is_due", condition=~Q(state__in=["hold", "scheduled"]) | Q(due_at__isnull=False)
            ),
            models.CheckConstraint(
                name="mailing_practice_stays_draft",
                condition=Q(practice=False, practised_at__isnull=True)
                | Q(practice=True, state="draft", confirmed_at__isnull=True, locked_count=0),
            ),
        ]

    def __str__(self) -> str:
        return self.subject or f"#{self.pk}"

    @property
    def is_draft(self) -> bool:
        """Whether its text may change."""
        return self.state == MailingState.DRAFT and self.practised_at is None

    def purpose_in(self, language: str) -> str:
        """What it was for, in words of the language; "" before the confirmation."""
        return self.purpose.get(language) or self.purpose.get(self.language, "")

    @property
    def is_awaiting(self) -> bool:
        """Whether it waits for a second person."""
        return self.state == MailingState.AWAITING_APPROVAL


class Rendition(models.Model):
    """The frozen bytes of a mailing in one language: what preview, mail, web copy and archive all show.

    `html` and `text` keep member fields as holes (see templates_lib.render.merge).
    """

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="renditions")
    language = models.CharField(max_length=2, choices=LANGUAGES)
    subject = models.CharField(max_length=200)
    html = models.TextField()
    text = models.TextField()
    pdf = models.BinaryField()
    pdf_name = models.CharField(max_length=120)
    prints = models.JSONField(default=dict)  # other faces by name (mailings.prints): page HTML with holes, the SMS text
    pictures = models.ManyToManyField(Picture, blank=True, related_name="+")
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailing", "language"], name="rendition_once")]

    def __str__(self) -> str:
        return f"{self.mailing_id}:{self.language}"
