"""Pictures of messages for everybody who got one, and staff's own media."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe
from django.views.static import serve

from comms.people.scoped import public
from templates_lib.models import Picture

FOREVER = "public, max-age=31536000, immutable"


@public
@require_safe
def picture(request: HttpRequest, sha256: str, ending: str) -> HttpResponse:
    """A picture by its content. Anonymous visitors get only what a sent message shows."""
    rows = Picture.objects.all() if request.user.is_authenticated else Picture.objects.filter(published=True)
    found = get_object_or_404(rows, sha256=sha256)
    if Picture.ENDINGS[found.content_type] != ending:
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
    return response
