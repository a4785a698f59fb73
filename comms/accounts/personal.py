"""What signing in leaves behind, and when it goes."""

from __future__ import annotations

import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from comms.accounts.models import Counted


def _without_session(before: datetime.datetime) -> QuerySet[UserSession]:
    return UserSession.objects.exclude(session_key__in=Session.objects.values("session_key"))


ROWS = {
    "sessions": lambda before: Session.objects.filter(expire_date__lte=before),
    "sign_ins": _without_session,
    "attempts": lambda before: Counted.objects.filter(expires__lte=before),
}
