"""Pages that tests put into the library, published as staff publish them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from wagtail.models import Page
from wagtail.rich_text import RichText

from cms.models import ArticlePage, AudienceUnit, Entry, HomePage, MinutesPage, ShelfPage


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


def article(title: str, *, under: Page, body: str | list[tuple[str, Any]] = "", **fields: Any) -> ArticlePage:
    said = ([("paragraph", f"<p>{body}</p>")] if body else []) if isinstance(body, str) else body
    units, live = fields.pop("units", ()), fields.pop("live", True)
    fields.setdefault("short_answer", f"{title}: svaret.")
    return put(ArticlePage(title=title, body=said, **fields), under=under, units=units, live=live)


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
    live = fields.pop("live", True)
    return put(MinutesPage(title=title, **fields), under=under, units=units, live=live)


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
