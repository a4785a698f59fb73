"""`/outbox/`: what would have been sent, for the person in front of this machine. 404 for everybody else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from comms.demo import outbox
from comms.people.scoped import View, public
from templates_lib.shown import shown

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def here_only(view: Callable[..., HttpResponse]) -> View:
    """Answers only while mail is written to files, and only to this machine itself (no proxy in between)."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        host = urlsplit(f"//{request.get_host()}").hostname
        here = request.META.get("REMOTE_ADDR") in LOOPBACK and host in LOOPBACK
        if settings.MAIL_TRANSPORT != "file" or not here or "HTTP_X_FORWARDED_FOR" in request.META:
            raise Http404
        return view(request)

    return public(require_safe(guarded))


def _asked_for(request: HttpRequest) -> outbox.Mail:
    try:
        return outbox.find(settings.MAIL_DIR, request.GET.get("file", ""), int(request.GET.get("n", "0")))
    except (outbox.NoSuchMail, ValueError) as error:
        raise Http404 from error


@here_only
def mails(request: HttpRequest) -> HttpResponse:
    found, files = outbox.newest(settings.MAIL_DIR)
    return render(request, "demo/outbox.html", {"mails": found, "files": files, "folder": settings.MAIL_DIR})


@here_only
def mail(request: HttpRequest) -> HttpResponse:
    asked = _asked_for(request)
    return render(
        request,
        "demo/mail.html",
        {"mail": asked, "attachments": asked.attachments, "headers": list(asked.message.items())},
    )


@here_only
def html(request: HttpRequest) -> HttpResponse:
    """The HTML part for the sandboxed frame."""
    page = _asked_for(request).html.replace("<head>", '<head><base target="_blank">', 1)
    ours = [settings.BASE_URL]  # pictures and fonts of ours, nothing else; links open beside the frame
    apart = ["allow-popups", "allow-popups-to-escape-sandbox"]
    policy = {"default-src": ["'none'"], "img-src": [*ours, "data:"], "font-src": ours, "sandbox": apart}
    return shown(HttpResponse(page), policy)


@here_only
def attachment(request: HttpRequest) -> HttpResponse:
    files = _asked_for(request).attachments
    number = request.GET.get("part", "")
    if not number.isdecimal() or int(number) >= len(files):
        raise Http404
    name, content_type, content = files[int(number)]
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": disposition})
