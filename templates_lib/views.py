"""Pictures of messages for everybody who got one, and staff's own media."""

from __future__ import annotations

import mimetypes

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.static import serve

from comms.people.scoped import public
from templates_lib import pictures
from templates_lib.models import Picture

SHOWN = {"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"}
FOREVER = "public, max-age=31536000, immutable"


@public
@require_safe
def picture(request: HttpRequest, sha256: str, ending: str) -> HttpResponse:
    """A picture by its content. Anonymous visitors get only what a sent message shows, see `pictures.may_see`."""
    found = get_object_or_404(Picture, sha256=sha256)
    wrong_ending = Picture.ENDINGS[found.content_type] != ending
    if wrong_ending or not pictures.may_see(request.user, found, on=timezone.localdate()):
        raise Http404
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    response["Cache-Control"] = FOREVER if found.published else "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@public
@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """Wagtail's own files (its image chooser shows them): for those who may open the staff screens, nobody else."""
    if not request.user.has_perm("wagtailadmin.access_admin"):
        raise Http404
    response = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    if mimetypes.guess_type(path)[0] not in SHOWN:  # a page or a drawing could run in our name: saved, never opened
        response["Content-Disposition"] = "attachment"
    return response
