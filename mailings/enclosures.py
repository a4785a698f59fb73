"""The documents of a mailing: taken in, taken out and put back while it is a draft; frozen with the confirmation.

Every change is one version more of the draft, so nobody approves another list of documents than the one they saw.
"""

from __future__ import annotations

import datetime
import hashlib

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max
from django.template.defaultfilters import filesizeformat
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from comms.people.models import User
from mailings.drafts import NotADraft
from mailings.models import Enclosure, Mailing, MailingState
from templates_lib import brands, build
from templates_lib.render import glyphs
from templates_lib.render.document import Document
from templates_lib.render.merge import clean_line
from templates_lib.uploads import UploadRefused, judged

LONGEST = 100  # characters of a name, its ending not counted


def kept(mailing: Mailing) -> list[Enclosure]:
    """Those that go with the mailing, in their order, without their bytes. One query."""
    return list(Enclosure.objects.filter(mailing=mailing).kept())


def put_into(page: Document, mailing: Mailing) -> Document:
    """The message with a link to each of its documents: name and size. One query."""
    with translation.override(page.language):
        files = [(one.n, f"{one.name} ({filesizeformat(one.size)})") for one in kept(mailing)]
    return build.with_files(page, files)


# --- while it is a draft --------------------------------------------------------------------------------------------
@transaction.atomic
def add(*, mailing: Mailing, name: str, content: bytes, by: User, now: datetime.datetime) -> Enclosure:
    """A new last document. Raises `UploadRefused`, and `NotADraft` when it has been confirmed."""
    content, kind = judged(content, limit=settings.DOCUMENT_MAX_BYTES)
    _turn(mailing, now=now)
    if Enclosure.objects.filter(mailing=mailing).kept().count() >= settings.DOCUMENT_MAX_COUNT:
        full = _("There is room for %(n)d documents. Remove one first, or join them in one file.")
        raise UploadRefused(full % {"n": settings.DOCUMENT_MAX_COUNT})
    last = Enclosure.objects.filter(mailing=mailing).aggregate(last=Max("n"))["last"] or 0
    return Enclosure.objects.create(
        mailing=mailing,
        n=last + 1,
        name=file_name(name, kind.ending, family=brands.brand_for(mailing.unit).typeface),
        content_type=kind.content_type,
        content=content,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        added_at=now,
        added_by=by,
    )


@transaction.atomic
def remove(*, mailing: Mailing, n: int, now: datetime.datetime) -> bool:
    """Take one out; False when it was out already. Raises `NotADraft`."""
    _turn(mailing, now=now)
    return bool(Enclosure.objects.filter(mailing=mailing, n=n, removed_at=None).update(removed_at=now))


@transaction.atomic
def put_back(*, mailing: Mailing, n: int, now: datetime.datetime) -> bool:
    """Undo `remove`; False when there is no room any more or nothing to put back. Raises `NotADraft`."""
    _turn(mailing, now=now)
    if Enclosure.objects.filter(mailing=mailing).kept().count() >= settings.DOCUMENT_MAX_COUNT:
        return False
    return bool(Enclosure.objects.filter(mailing=mailing, n=n, removed_at__isnull=False).update(removed_at=None))


def copy(mailing: Mailing, *, into: Mailing) -> None:
    """The documents of one mailing for another, which has none yet."""
    for one in Enclosure.objects.filter(mailing=mailing, removed_at=None).order_by("n"):
        one.pk, one.mailing = None, into
        one.save(force_insert=True)


def settle(mailing: Mailing) -> None:
    """At the confirmation: what was taken out is gone, the rest stays as it is."""
    Enclosure.objects.filter(mailing=mailing, removed_at__isnull=False).delete()


def _turn(mailing: Mailing, *, now: datetime.datetime) -> None:
    """One version more, and the draft is ours until the end of the transaction. Raises `NotADraft`."""
    drafts = Mailing.unscoped.filter(pk=mailing.pk, state=MailingState.DRAFT)
    if not drafts.update(version=F("version") + 1, changed_at=now):
        raise NotADraft


# --- what is taken in -----------------------------------------------------------------------------------------------
def file_name(name: str, ending: str, *, family: str) -> str:
    """The upload's own name as one harmless line that the brand's typeface can draw, with the ending of its content."""
    stem = clean_line(name.replace("\\", "/").rpartition("/")[2], limit=255)
    stem, dot, last = stem.rpartition(".")
    stem = stem if dot and len(last) <= 5 else f"{stem}{dot}{last}"
    strange = set(glyphs.uncovered(stem, family))
    shown = "".join(" " if char in strange or char in '<>:"|?*' else char for char in stem)
    return (" ".join(shown.split())[:LONGEST].strip(" .") or "document") + f".{ending}"
