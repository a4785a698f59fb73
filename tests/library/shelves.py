"""Pages that tests put into the library, published as staff publish them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Page
from wagtail.rich_text import RichText

from cms.models import (
    ArticlePage,
    Attachment,
    AudienceUnit,
    DocumentPage,
    Entry,
    HomePage,
    MinutesPage,
    NewsPage,
    RelatedPage,
    ShelfPage,
    Subject,
)
from comms.people.models import User
from templates_lib import artwork


def put(page: Page, *, under: Page, units: tuple[Any, ...] = (), live: bool = True) -> Any:
    """Adds it, for these units if any are named, and publishes it."""
    if units:
        page.audience = "units"
        page.audience_units = [AudienceUnit(unit=unit) for unit in units]
    under.refresh_from_db()
    page.live = False
    under.add_child(instance=page)
    if live:
        page.save_revision().publish()
        page.refresh_from_db()
    return page


def article(title: str, *, under: Page, body: Any = "", **fields: Any) -> ArticlePage:
    """`body` is a paragraph, or a list of blocks."""
    said = ([("paragraph", f"<p>{body}</p>")] if body else []) if isinstance(body, str) else body
    units, live = fields.pop("units", ()), fields.pop("live", True)
    fields.setdefault("short_answer", f"{title}: svaret.")
    attachments = fields.pop("attachments", ())
    page = ArticlePage(title=title, body=said, **fields)
    page.attachments = list(attachments)
    return put(page, under=under, units=units, live=live)


def passage(name: str, html: str) -> tuple[str, dict[str, Any]]:
    """A block of a page's text that may be taken into an invitation."""
    return "passage", {"name": name, "text": RichText(html)}


def rewrite(page: Page, name: str, html: str, *, publish: bool = True) -> None:
    """Staff change the words of one passage; its block stays the same."""
    fresh = page.specific_class.objects.get(pk=page.pk)
    for part in fresh.body:
        if part.block_type == "passage" and part.value["name"] == name:
            part.value["text"] = RichText(html)
    revision = fresh.save_revision()
    if publish:
        revision.publish()


def minutes(title: str, *, under: Page, units: tuple[Any, ...], **fields: Any) -> MinutesPage:
    fields.setdefault("dated", datetime.date(2026, 3, 12))
    live, attachments = fields.pop("live", True), fields.pop("attachments", ())
    page = MinutesPage(title=title, **fields)
    page.attachments = list(attachments)
    return put(page, under=under, units=units, live=live)


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def document(title: str = "Protokoll", content: bytes = PDF, name: str = "protokoll.pdf") -> Document:
    return Document.objects.create(title=title, file=ContentFile(content, name))


def image(content: bytes = b"", name: str = "fjall.png") -> Image:
    return Image.objects.create(title="Fjäll", file=ContentFile(content or artwork.hero(), name))


def figure(shown: Image | None = None, caption: str = "I Abisko") -> tuple[str, Any]:
    """A picture as a block of a text."""
    shown = shown or image()
    shown.decorative, shown.contextual_alt_text = False, "Ett fjäll"
    return "figure", {"image": shown, "caption": caption}


@dataclass
class Library:
    home: HomePage
    shelf: ShelfPage
    meetings: ShelfPage
    travel: ArticlePage
    minutes_a: MinutesPage
    minutes_b: MinutesPage
    regional: ArticlePage
    club: MinutesPage

    def entry(self, name: str) -> Entry:
        return Entry.unscoped.get(pk=getattr(self, name).pk)


def make_library(union: Any) -> Library:
    """Travel is for everybody, the minutes are branch A's and B's, one article is a region's, one a workplace's."""
    home = HomePage.objects.get()
    shelf = put(ShelfPage(title="Resor och ersättning"), under=home)
    meetings = put(ShelfPage(title="Möten"), under=home)
    return Library(
        home=home,
        shelf=shelf,
        meetings=meetings,
        travel=article("Vad får jag i reseersättning?", under=shelf, body="Milersättningen är 25 kronor."),
        minutes_a=minutes("Årsmöte 2026", under=meetings, units=(union.branch_a,)),
        minutes_b=minutes("Årsmöte 2026", under=meetings, units=(union.branch_b,)),
        regional=article("När möts regionen?", under=meetings, units=(union.region,)),
        club=minutes("Möte på Fjällskolan", under=meetings, units=(union.workplace,)),
    )


def furnish(union: Any) -> ArticlePage:
    """One of everything that readers can meet: a page with every kind of block, what has expired, another language,
    news, a document, a shelf inside a shelf. Answers the long page.
    """
    home = HomePage.objects.get()
    User.objects.filter(pk=union.sara.pk).update(is_staff=True)  # who may be responsible
    shelf = put(ShelfPage(title="Uppdraget", introduction="Ledig tid och ersättning."), under=home)
    inner = put(ShelfPage(title="Resor"), under=shelf)
    put(NewsPage(title="Avtalet är klart", lead="Så här går det till."), under=home)
    paper = DocumentPage(title="Blanketter", dated=datetime.date(2026, 8, 1), description="Att skriva ut.")
    paper.attachments = [Attachment(document=document("Begäran"))]
    put(paper, under=shelf, units=(union.branch_a,))
    other = article("Hva gjelder ved reise?", under=inner, language="nb", valid_until=datetime.date(2020, 1, 1))
    heading = [("heading", words) for words in ("Så gör du", "Vem betalar", "Vem betalar")]
    text = (
        f'<p>Läs <a linktype="page" id="{other.pk}">om resor</a> och <a href="https://example.org/lag">lagen</a>.</p>'
    )
    body = [
        ("paragraph", f"{text}<ul><li>En sak</li></ul>"),
        *heading,
        ("passage", {"name": "Ledigt", "text": "<p>Du har rätt att vara ledig.</p>"}),
        ("note", {"text": "<p>Skriv ned skälet.</p>"}),
        figure(),
    ]
    long = ArticlePage(title="Hur får jag ledigt?", short_answer="Du har rätt till det.", body=body)
    long.attachments = [Attachment(document=document("Begäran om ledighet"), name="Begäran")]
    long.related_pages = [RelatedPage(related=other)]
    long.subjects = [Subject.objects.create(kind="agreement", name="HÖK 26")]
    long.responsible, long.valid_until = union.sara, datetime.date(2100, 1, 1)
    return put(long, under=shelf)
