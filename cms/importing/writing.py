"""Writes a plan: each page in its own transaction and through Wagtail's revisions, so that a run cut off half-way is
simply run again, and the index follows what is published.
"""

from __future__ import annotations

import datetime
import hashlib
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from pathlib import PurePosixPath
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import ReferenceIndex
from wagtail.signal_handlers import disable_reference_index_auto_update

from cms.importing import folder as files
from cms.importing.article import EVERYBODY, Article, Refusal, Refused
from cms.importing.plan import PAGES, Change, Plan, linked
from cms.importing.reading import Progress
from cms.models import Attachment, AudienceUnit, HomePage, ImportedPage, LibraryPage, ShelfPage
from comms.people.models import User

PAGE_LINK = re.compile(r'<a linktype="page" id="([^"]*)">(.*?)</a>', re.DOTALL)
BLOCKS = uuid.UUID("5a2cfb5e-0e0c-4c5c-9d0a-6a2f1c1f7c11")  # names of blocks are made within it


@dataclass
class Done:
    """How many pages were written, and what was refused only when it came to writing."""

    written: int = 0
    refusals: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True)
class Import:
    """One run. `pages` is what each key has become, and grows."""

    plan: Plan
    by: User | None
    publish: bool
    pages: dict[str, int]

    def linked(self, article: Article) -> dict[str, int]:
        return linked(article, self.plan.keys, self.pages)


def apply(plan: Plan, *, by: User | None, publish: bool, progress: Progress = lambda _what, _count: None) -> Done:
    """Writes what the plan says. Pages that link to pages made later in the run are written once more at the end."""
    done = Done()
    known = ImportedPage.objects.filter(key__in=plan.keys.values()).values_list("key", "page")
    run = Import(plan, by, publish, dict(known))
    again = []
    for change in plan.todo():
        before = run.linked(change.article)
        if _attempt(partial(_one, change, run), change, done):
            done.written += 1
            again.append((change, before))
        progress(_("pages written"), done.written)
    for change, before in again:
        if run.linked(change.article) != before:
            row = ImportedPage.objects.select_related("page").get(key=change.article.key)
            _attempt(partial(_one, Change(change.article, row), run), change, done)
    return done


def _attempt(write: Callable[[], None], change: Change, done: Done) -> bool:
    path = change.article.path
    try:
        with transaction.atomic():
            write()
    except Refused as error:
        done.refusals.append(Refusal(path, error.line, error.reason))
    except ValidationError as error:
        done.refusals.append(Refusal(path, 0, " ".join(error.messages)))
    else:
        return True
    return False


def _one(change: Change, run: Import) -> None:
    """Writes one page. What Wagtail keeps of who refers to whom is brought up to date once, not at every save."""
    with disable_reference_index_auto_update():
        page = _written(change, run)
    ReferenceIndex.create_or_update_for_object(page)


def _written(change: Change, run: Import) -> LibraryPage:
    article = change.article
    shelf = _shelf(article, run)
    if change.known is None:
        page = PAGES[article.kind](title=article.title, live=False)
    else:
        page = change.known.page.get_latest_revision_as_object()
    if not change.only_publish:
        _fill(page, article, run)
        if change.known is None:
            shelf.add_child(instance=page)
        elif page.get_parent().pk != shelf.pk:
            page.move(shelf, pos="last-child", user=run.by)
            page = _fill(type(page).objects.get(pk=page.pk).get_latest_revision_as_object(), article, run)
        revision = page.save_revision(user=run.by, log_action=True)
    else:
        revision = page.latest_revision
    if run.publish:
        revision.publish(user=run.by, skip_permission_checks=True)
    said = {"key": article.key, "fingerprint": article.fingerprint(run.linked(article)), "revision": revision}
    ImportedPage.objects.update_or_create(page_id=page.pk, defaults=said)
    run.pages[article.key] = page.pk
    return type(page).objects.get(pk=page.pk)  # type: ignore[no-any-return]


def _shelf(article: Article, run: Import) -> ShelfPage:
    """The shelf it lies on, made when it is missing; published with the pages."""
    above: LibraryPage = HomePage.objects.get()
    for title in article.shelf:
        found = ShelfPage.objects.child_of(above).filter(title__iexact=title).first()
        if found is None:
            found = ShelfPage(title=title, language=article.language, owner=run.by, live=False)
            above.add_child(instance=found)
            found.save_revision(user=run.by, log_action=True)
        if run.publish and found.last_published_at is None:
            found.get_latest_revision().publish(user=run.by, skip_permission_checks=True)
            found.refresh_from_db()
        above = found
    assert isinstance(above, ShelfPage)
    return above


def _fill(page: Any, article: Article, run: Import) -> Any:
    """The page says what the file says."""
    page.title, page.language, page.valid_until = article.title, article.language, article.valid_until
    page.responsible = run.plan.register.people.get(article.responsible)
    page.owner = page.owner or run.by
    page.subjects = [run.plan.register.subjects[name] for name in article.subjects]
    _audience(page, article, run)
    _attachments(page, article, run)
    for name in ("short_answer", "lead", "description"):
        if hasattr(page, name):
            setattr(page, name, article.summary)
    if article.date and hasattr(page, "dated"):
        page.dated = article.date
    elif article.date:
        noon = datetime.datetime.combine(article.date, datetime.time(12))
        page.first_published_at = timezone.make_aware(noon)
    if hasattr(page, "body"):
        page.body = page._meta.get_field("body").stream_block.to_python(_body(article, run))
    return page


def _audience(page: Any, article: Article, run: Import) -> None:
    codes = article.audience if isinstance(article.audience, tuple) else ()
    units = [run.plan.register.units[code] for code in dict.fromkeys(codes)]
    page.audience = "units" if units else "everybody" if article.audience == EVERYBODY else "inherited"
    had = {row.unit_id: row for row in page.audience_units.all()}
    page.audience_units = [had.get(unit.pk) or AudienceUnit(unit=unit) for unit in units]


def _attachments(page: Any, article: Article, run: Import) -> None:
    """A file with the same content stays the same attachment, so that its address holds."""
    had = {row.document_id: row for row in page.attachments.all()}
    rows = []
    for path in article.files:
        content = files.read_attachment(run.plan.reading.folder, path)
        document = _kept(Document, content, PurePosixPath(path).name, run.by)
        rows.append(had.get(document.pk) or Attachment(document=document))
    page.attachments = rows


def _kept(model: type[Document] | type[Image], content: bytes, name: str, by: User | None) -> Any:
    """The document or picture with this content, stored when it is new."""
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()  # what Wagtail knows files by
    found = model.objects.filter(file_hash=digest).order_by("pk").first()
    if found:
        return found
    title = PurePosixPath(name).stem.replace("_", " ").replace("-", " ")[:255]
    made = model(title=title, file=ContentFile(content, name=name), uploaded_by_user=by, file_hash=digest)
    if isinstance(made, Document):
        made.file_size = len(content)
    made.save()
    return made


def _body(article: Article, run: Import) -> list[dict[str, Any]]:
    """As Wagtail stores it. A block keeps its id as long as it keeps its place, a passage as long as its name: other
    texts point to it.
    """
    linked, body = run.linked(article), []
    for number, (kind, value) in enumerate(article.blocks):
        name = value["name"] if kind == "passage" else str(number)
        stored = value if kind == "heading" else _stored(kind, value, article, linked, run)
        made = uuid.uuid5(BLOCKS, f"{article.key}\n{kind}\n{name}")
        body.append({"type": kind, "value": stored, "id": str(made)})
    return body


def _stored(kind: str, value: Any, article: Article, linked: dict[str, int], run: Import) -> Any:
    if kind == "figure":
        content = article.pictures[value["image"]]
        ending = ".png" if content.startswith(b"\x89PNG") else ".jpg"
        image = _kept(Image, content, PurePosixPath(value["image"]).stem + ending, run.by)
        shown = {"image": image.pk, "alt_text": value["alt"], "decorative": not value["alt"]}
        return {"image": shown, "caption": value["caption"]}
    if kind == "paragraph":
        return _with_links(value, linked)
    return {**value, "text": _with_links(value["text"], linked)}


def _with_links(rich: str, linked: dict[str, int]) -> str:
    """Links to files become links to their pages; of one that leads nowhere the text stays."""

    def link(found: re.Match[str]) -> str:
        page = linked.get(unescape(found[1]))
        return f'<a linktype="page" id="{page}">{found[2]}</a>' if page else found[2]

    return PAGE_LINK.sub(link, rich)
