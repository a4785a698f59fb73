"""Who exists and who represents whom.

`Placement` (a member belongs to a unit) and `Mandate` (a user represents a unit) mirror each other:
scope = live mandates × live placements (see `comms.people.scope`).
"""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node, MP_NodeManager, MP_NodeQuerySet

from comms.people.addresses import address_key
from comms.people.scope import MemberQuerySet, Scope, ScopedManager, live

LANGUAGES = [("sv", _("Swedish")), ("nb", _("Norwegian")), ("da", _("Danish")), ("en", _("English"))]


class UserManager(BaseUserManager["User"]):
    """Users sign in with an e-mail address; there is no user name."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in: a representative or staff. Members have no accounts."""

    email = models.EmailField(_("e-mail"), unique=True)
    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=80, blank=True)
    phone = models.CharField(_("mobile"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="sv")
    is_staff = models.BooleanField(_("may open the staff screens"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(auto_now_add=True)
    guided_at = models.DateTimeField(null=True, blank=True)  # has read or passed over the first guide

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []  # type: ignore[misc]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_ci")]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name or self.email


class Dated(models.Model):
    """True from `start` to `end`, both days included; no `end` means until further notice."""

    start = models.DateField(_("from"))
    end = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end__isnull=True) | models.Q(end__gte=models.F("start")),
                name="%(app_label)s_%(class)s_ends_after_start",
            )
        ]

    def is_live(self, on: datetime.date) -> bool:
        return self.start <= on and (self.end is None or self.end >= on)


class UnitQuerySet(MP_NodeQuerySet):
    def within(self, scope: Scope) -> UnitQuerySet:
        """The units of the scope: those of its mandates and everything below them."""
        return self.filter(scope.unit_paths("path"))


class Unit(MP_Node):
    """A place in the organisation. One forest: the union's own tree, and a tree per employer."""

    class Kind(models.TextChoices):
        UNION = "union", _("Union")
        REGION = "region", _("Region")
        BRANCH = "branch", _("Branch")
        CLUB = "club", _("Club")
        EMPLOYER = "employer", _("Employer")
        MID_LEVEL = "mid_level", _("Mid-level")
        WORKPLACE = "workplace", _("Workplace")

    code = models.CharField(_("number in the registry"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=160)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    branch = models.ForeignKey(
        "self",
        verbose_name=_("belongs to the branch"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="employers",
        help_text=_("For an employer: whose brand and library its representatives use."),
    )
    mailbox = models.EmailField(_("mailbox for replies"), blank=True)
    address = models.TextField(_("postal address"), blank=True)
    ended_on = models.DateField(_("closed on"), null=True, blank=True)

    objects = MP_NodeManager.from_queryset(UnitQuerySet)()

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        return self.name

    def lineage(self) -> list[Unit]:
        """From the union down to this unit, an employer's tree hanging below the branch it belongs to."""
        own = [*self.get_ancestors(), self]
        return [*own[0].branch.lineage(), *own] if own[0].branch else own


class UnitSize(models.Model):
    """How many members a large unit has with all below it (`comms.people.sizes`); without a unit, everybody."""

    unit = models.OneToOneField(Unit, null=True, on_delete=models.CASCADE, related_name="size")
    on = models.DateField()
    members = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.unit}: {self.members}"


class EmployerDomain(models.Model):
    """Mail to addresses at this domain, or below it, ends at an employer: `domain` in our form (`people.work_mail`)."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="domains")
    domain = models.CharField(max_length=253)

    class Meta:
        ordering = ["domain"]
        constraints = [models.UniqueConstraint(fields=["domain", "unit"], name="employer_domain_once")]

    def __str__(self) -> str:
        return self.domain


class Member(models.Model):
    """A person we may write to. `objects` refuses everything but `within(scope)`."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(_("member number"), max_length=40, unique=True)
    first_name = models.CharField(_("first name"), max_length=120, blank=True)
    last_name = models.CharField(_("last name"), max_length=120, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    email_key = models.CharField(max_length=64, blank=True, editable=False)
    email_problem = models.CharField(max_length=200, blank=True)
    mobile = models.CharField(_("mobile"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="sv")
    street = models.CharField(_("street address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=16, blank=True)
    city = models.CharField(_("town"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    restricted = models.BooleanField(_("processing restricted"), default=False)
    erased_at = models.DateTimeField(null=True, blank=True)
    as_of = models.DateTimeField(_("as of"), null=True, blank=True)

    objects = ScopedManager.from_queryset(MemberQuerySet)()
    unscoped = models.Manager.from_queryset(MemberQuerySet)()

    class Meta:
        base_manager_name = default_manager_name = "unscoped"
        indexes = [
            # holds all that a page of a list is chosen by, so that PostgreSQL need not look at the rows themselves
            models.Index(
                fields=["last_name", "first_name", "id", "left_on"],
                condition=models.Q(erased_at__isnull=True),
                name="member_by_name",
            ),
            models.Index(fields=["email_key"], name="member_by_email_key"),
            models.Index(
                fields=["id"],
                condition=models.Q(left_on__isnull=False) | models.Q(erased_at__isnull=False),
                name="member_gone",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email_key = address_key(self.email, key=settings.SUPPRESSION_KEY)
        super().save(*args, **kwargs)


class Correction(models.Model):
    """A member's field put right here: it wins over the registry's file until the file agrees."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="corrections")
    field = models.CharField(max_length=32)
    value = models.CharField(max_length=254, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "field"], name="correction_once_per_field")]

    def __str__(self) -> str:
        return f"{self.member}:{self.field}"


class Placement(Dated):
    """A member belongs to a unit: a branch *and* a workplace, often several."""

    class Employment(models.TextChoices):
        PERMANENT = "permanent", _("permanent")
        TEMPORARY = "temporary", _("temporary")

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="placements", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="placements")
    position = models.CharField(_("position"), max_length=120, blank=True)
    employment = models.CharField(_("employment"), max_length=10, choices=Employment.choices, blank=True)
    main_employer = models.BooleanField(_("main employer"), default=False)

    class Meta(Dated.Meta):
        # both ways round, with the days: whether a placement holds is known without looking at the row itself
        indexes = [
            models.Index(fields=["unit", "member", "start", "end"], name="placement_by_unit"),
            models.Index(fields=["member", "unit", "start", "end"], name="placement_by_member"),
        ]

    def __str__(self) -> str:
        return f"{self.member} – {self.unit}"


class MandateQuerySet(models.QuerySet["Mandate"]):
    def live(self, on: datetime.date) -> MandateQuerySet:
        return self.filter(live(on))


class Mandate(Dated):
    """A user represents a unit. Power has an end date, so nobody has to remember to take it back."""

    class Role(models.TextChoices):
        REPRESENTATIVE = "representative", _("Representative")
        DEPUTY = "deputy", _("Deputy")
        SAFETY = "safety", _("Safety representative")
        BOARD = "board", _("Board member")
        STAFF = "staff", _("Staff")

    SENDING_ROLES = frozenset({Role.REPRESENTATIVE, Role.DEPUTY, Role.BOARD, Role.STAFF})

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mandates")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="mandates")
    role = models.CharField(_("role"), max_length=16, choices=Role.choices, default=Role.REPRESENTATIVE)
    mailbox = models.EmailField(_("mailbox for replies"), blank=True)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    objects = models.Manager.from_queryset(MandateQuerySet)()

    class Meta(Dated.Meta):
        indexes = [models.Index(fields=["user", "start", "end"], name="mandate_by_user")]

    def __str__(self) -> str:
        return f"{self.get_role_display()}, {self.unit}"

    @property
    def may_send(self) -> bool:
        return self.role in self.SENDING_ROLES

    @property
    def reply_to(self) -> str:
        """Where an answer lands: the mandate's mailbox, the unit's, or the person's; never a no-reply address."""
        return self.mailbox or self.unit.mailbox or self.user.email


class RosterImport(models.Model):
    """One applied membership file: what every list says under "as of"."""

    covers = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="imports", verbose_name=_("covers"))
    as_of = models.DateTimeField(_("as of"))
    applied_at = models.DateTimeField(auto_now_add=True)
    sha256 = models.CharField(max_length=64)
    counts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-as_of", "-id"]

    def __str__(self) -> str:
        return f"{self.covers} {self.as_of:%Y-%m-%d %H:%M}"
