"""Health for machines, metrics for a monitoring program, the Post office page for staff."""

from __future__ import annotations

import hmac
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from comms.people.scope import Scope
from comms.people.scoped import public, scoped
from mailings import dispatch
from mailings.models import Halt, Pulse
from mailings.operations import figures, halting, health, metrics, purging, status
from mailings.reasons import explain
from mailings.views.found import Request

TRANSPORTS = {"file": gettext_lazy("files on this machine"), "smtp": gettext_lazy("a mail server")}


# --- for machines ---------------------------------------------------------------------------------------------------
@public
@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers; nothing else is asked."""
    return JsonResponse({"ok": True})


@public
@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """503 when something it needs is missing; says what, and nothing more."""
    answers = health.readiness()
    well = all(answers.values())
    return JsonResponse({"ok": well, **answers}, status=200 if well else 503)


@public
@require_safe
@never_cache
def exposition(request: HttpRequest) -> HttpResponse:
    """For the holder of METRICS_TOKEN; for everybody else there is no such page."""
    asked = request.headers.get("Authorization", "").encode()
    if not settings.METRICS_TOKEN or not hmac.compare_digest(asked, f"Bearer {settings.METRICS_TOKEN}".encode()):
        raise Http404
    return HttpResponse(metrics.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


# --- for staff ------------------------------------------------------------------------------------------------------
@scoped(staff=True)
@require_safe
def office(request: Request, scope: Scope) -> HttpResponse:
    """What runs, who works, what went wrong; htmx asks for the moving part alone."""
    name = "mailings/operations/_office.html" if request.htmx else "mailings/operations/office.html"
    return render(request, name, {"section": "staff", **_office()})


def _office() -> dict[str, Any]:
    now = timezone.now()
    queue = figures.queue(now=now)
    return {
        "now": now,
        "status": status.status(now=now),
        "halt": Halt.objects.open().select_related("by").first(),
        "pulses": {pulse.name: pulse for pulse in Pulse.objects.all()},
        "waiting": queue.waiting,
        "per_minute": round(figures.speed(now=now)),
        "courses": figures.running(now=now),
        "workers": figures.workers(now=now),
        "failures": [(explain(reason), domain, n) for reason, domain, n in figures.failures(now=now)],
        "transport": settings.MAIL_PROVIDER or TRANSPORTS[settings.MAIL_TRANSPORT],
        "canary": bool(settings.CANARY_ADDRESS),
        "refresh": 30,  # seconds, without JavaScript
    }


@scoped(staff=True)
@require_safe
def kept(request: Request, scope: Scope) -> HttpResponse:
    """What is kept how long, and what the last purge removed."""
    now = timezone.now()
    context = {
        "section": "staff",
        "rows": purging.kept(now=now),
        "last": Pulse.objects.filter(pk="purge").first(),
        "is_overdue": purging.is_overdue(now=now),
    }
    return render(request, "mailings/operations/kept.html", context)


@scoped(staff=True)
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: Request, scope: Scope) -> HttpResponse:
    """GET asks, POST stops everything."""
    if request.method != "POST":
        return render(request, "mailings/operations/stop.html", {"section": "staff"})
    if halting.stop(by=request.user, now=timezone.now()):
        messages.success(request, _("Everything is stopped. Nothing leaves until somebody lets it go on."))
    return redirect("mailings:office")


@scoped(staff=True)
@require_http_methods(["GET", "HEAD", "POST"])
def go_on(request: Request, scope: Scope) -> HttpResponse:
    """GET asks, POST lets everything go on where it stood."""
    if request.method != "POST":
        return render(request, "mailings/operations/go_on.html", {"section": "staff"})
    if halting.go_on(by=request.user, now=timezone.now()):
        dispatch.ring()
        messages.success(request, _("Everything goes on where it stood."))
    return redirect("mailings:office")
