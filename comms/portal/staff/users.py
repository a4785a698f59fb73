"""Accounts: made and invited by staff, ended and opened again, never deleted."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from comms.people.models import User
from comms.portal.staff import Refused, history


def create_user(*, email: str, by: User, **details: Any) -> User:
    """A new account without a password; the first code mailed to the address opens it. Raises `Refused`."""
    if User.objects.filter(email__iexact=email).exists():
        raise Refused(gettext_lazy("Somebody has this address already. Search for it among the users."))
    with transaction.atomic():
        user = User.objects.create_user(email, **details)
        history.note("people.user.invite", user, by=by)
    return user


def change_user(user: User, *, by: User) -> None:
    """Saves changed details. Where codes go is told to the addresses before and after, so that nobody is let in unseen.

    Raises what the mail server answers (OSError); then it is saved all the same.
    """
    before = User.objects.get(pk=user.pk)
    with transaction.atomic():
        user.save(update_fields=["first_name", "last_name", "email", "phone", "language"])
        history.note("people.user.change", user, by=by)
    if (before.email, before.phone) != (user.email, user.phone):
        _tell_of_change(user, before, by=by)


def _tell_of_change(user: User, before: User, *, by: User) -> None:
    context = {
        "person": user,
        "sender": by,
        "union_name": settings.UNION_NAME,
        "new_email": user.email != before.email,
        "new_phone": user.phone != before.phone,
        "url": settings.BASE_URL + reverse("account_login"),
    }
    with translation.override(user.language):
        subject = _("How you sign in at %(union)s was changed") % {"union": settings.UNION_NAME}
        text = render_to_string("portal/mail/changed.txt", context)
    for address in dict.fromkeys((before.email, user.email)):
        EmailMultiAlternatives(subject, text, to=[address], reply_to=[by.email]).send()


def send_invitation(user: User, *, by: User) -> None:
    """Mails how to sign in, in the person's own language. Raises what the mail server answers (OSError)."""
    context = {
        "person": user,
        "sender": by,
        "union_name": settings.UNION_NAME,
        "url": settings.BASE_URL + reverse("account_login"),
    }
    with translation.override(user.language):
        subject = _("Your account at %(union)s") % {"union": settings.UNION_NAME}
        text = render_to_string("portal/mail/invitation.txt", context)
    EmailMultiAlternatives(subject, text, to=[user.email], reply_to=[by.email]).send()


def end_user(user: User, *, by: User) -> None:
    """Closes the account and every session of it at once. Raises `Refused`.

    A new unusable password changes the session hash, so old sessions stay dead if the account opens again.
    """
    if user.pk == by.pk:
        raise Refused(gettext_lazy("You cannot end your own account. Ask another staff person."))
    user.set_unusable_password()
    if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False, password=user.password):
        raise Refused(gettext_lazy("The account has ended already."))
    history.note("people.user.end", user, by=by)


def reopen_user(user: User, *, by: User) -> None:
    """Opens an ended account again; mandates are as their dates say. Raises `Refused`."""
    if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        raise Refused(gettext_lazy("The account is open already."))
    history.note("people.user.reopen", user, by=by)


def note_invited_again(user: User, *, by: User) -> None:
    history.note("people.user.invite_again", user, by=by)
