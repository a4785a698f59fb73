"""Where staff begin: what needs them, and the way to every list."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from comms.people.models import Unit, User
from comms.people.scope import Scope
from comms.people.scoped import scoped
from comms.portal.requests import SignedInRequest
from comms.portal.staff import lists


@scoped(staff=True)
def home(request: SignedInRequest, scope: Scope) -> HttpResponse:
    imports = lists.imports(now=timezone.now())
    context = {
        "section": "staff",
        "imports": imports,
        "stale": [row for row, is_stale in imports if is_stale],
        "users": User.objects.filter(is_active=True).count(),
        "without": lists.users(state="none", on=scope.on).count(),
        "mandates": lists.mandates(on=scope.on).count(),
        "soon": lists.mandates(state="soon", on=scope.on).count(),
        "units": Unit.objects.filter(ended_on__isnull=True).count(),
        "editor": request.user.has_perm("wagtailadmin.access_admin"),
        "stale_after": settings.ROSTER_STALE_DAYS,
    }
    return render(request, "portal/staff/home.html", context)
