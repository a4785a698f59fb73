"""A new invitation: choose what it is for, and in which of my mandates."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from comms.people.models import Mandate
from comms.people.scope import Scope
from comms.people.scoped import scoped
from mailings import composing
from mailings.forms import StartForm
from mailings.gallery import offered, shelves
from mailings.views.found import Request, writing_mandates
from mailings.views.preview import FRAME
from templates_lib import brands, preview, samples, thumbnails
from templates_lib.models import InvitationTemplate
from templates_lib.pdf_worker import PdfFailed
from templates_lib.render import merge
from templates_lib.render.document import RenderRefused
from templates_lib.render.mjml import mail_html
from templates_lib.shown import shows_a_mail

A_DAY = 24 * 3600  # seconds


@scoped
@require_safe
def new(request: Request, scope: Scope) -> HttpResponse:
    """The gallery. `?mandate=` chooses among several mandates beforehand, `?practice=` leads into practice."""
    mandates = list(writing_mandates(request, scope))
    if not mandates:
        raise Http404
    chosen = next((m for m in mandates if str(m.public_id) == request.GET.get("mandate")), mandates[0])
    brand = brands.brand_for(chosen.unit)
    found = shelves(scope=scope, unit=chosen.unit, language=request.LANGUAGE_CODE, brand=brand)
    context = {"shelves": found, "mandates": mandates, "chosen": chosen, "practice": "practice" in request.GET}
    return render(request, "mailings/new.html", context)


@scoped
@require_POST
def create(request: Request, scope: Scope) -> HttpResponse:
    return begun(request, scope)


def begun(request: Request, scope: Scope, *, practice: bool = False) -> HttpResponse:
    """On to the text of a new draft, in earnest or in practice."""
    form = StartForm(request.POST, templates=offered(), mandates=writing_mandates(request, scope))
    if not form.is_valid():
        raise Http404
    with transaction.atomic():
        mailing = composing.new_draft(**form.cleaned_data, by=request.user, now=timezone.now(), practice=practice)
    return redirect("mailings:text", mailing.public_id)


def chosen(request: Request, scope: Scope, template: int, mandate: UUID) -> tuple[InvitationTemplate, Mandate]:
    """An offered template and one of the caller's own mandates, else 404."""
    own = get_object_or_404(writing_mandates(request, scope), public_id=mandate)
    return get_object_or_404(offered(), pk=template), own


@scoped
@require_safe
def look(request: Request, scope: Scope, template: int, mandate: UUID) -> HttpResponse:
    """One template with sample text, large, before anything is begun."""
    found, own = chosen(request, scope, template, mandate)
    names = {"title": found.title(request.LANGUAGE_CODE), "description": found.description(request.LANGUAGE_CODE)}
    context = {"template": found, "mandate": own, "practice": "practice" in request.GET, **names}
    return render(request, "mailings/look.html", context)


@shows_a_mail(FRAME)
@xframe_options_sameorigin
@scoped
@require_safe
def sample(request: Request, scope: Scope, template: int, mandate: UUID) -> HttpResponse:
    """The mail with sample text in the branch's brand, for the sandboxed frame."""
    found, own = chosen(request, scope, template, mandate)
    language = request.LANGUAGE_CODE
    page = preview.sample_document(found, language, brand=brands.brand_for(own.unit))
    return HttpResponse(merge.fill(mail_html(page), samples.member(language)))


@scoped
@require_safe
def thumbnail(request: Request, scope: Scope, template: int, mandate: UUID) -> HttpResponse:
    """The template in small in the branch's brand; its address names the drawing, so it may be kept."""
    found, own = chosen(request, scope, template, mandate)
    try:
        drawn = thumbnails.png(found, brand=brands.brand_for(own.unit), language=request.LANGUAGE_CODE)
    except (PdfFailed, RenderRefused) as error:
        raise Http404 from error
    response = HttpResponse(drawn, content_type="image/png")
    response["Cache-Control"] = f"private, max-age={A_DAY}"
    return response
