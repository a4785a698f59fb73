"""What representatives may take from the library into an invitation: an article's short answer, and the passages that
staff have set apart in articles and news.

A passage is known by its page and its block, which stay when the words change. `digest` names its words, form and
links: as long as it is the same, nothing a reader would see has changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.utils.html import linebreaks

from cms.models import ArticlePage, Entry, LibraryPage, NewsPage
from templates_lib.render.rich_text import clean_rich_text

ANSWER = "answer"  # stands for the block of a short answer
KINDS = (Entry.Kind.ARTICLE, Entry.Kind.NEWS)


@dataclass(frozen=True, slots=True)
class Passage:
    """`html` is clean: paragraphs, bold, italic, lists and links to addresses that everybody may follow. A link to
    another page of the library is its words alone, for members cannot open it. `name` is "" for the short answer.
    """

    entry: Entry
    block: str
    name: str
    html: str
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", hashlib.sha256(self.html.encode()).hexdigest())


def passages(entries: Iterable[Entry]) -> list[Passage]:
    """The passages of these entries' pages as they are published, in the order of the entries and of each page. One
    query for articles and one for news.
    """
    wanted = list(entries)
    pages: dict[int, LibraryPage] = {}
    for model, kind in ((ArticlePage, Entry.Kind.ARTICLE), (NewsPage, Entry.Kind.NEWS)):
        keys = [entry.pk for entry in wanted if entry.kind == kind]
        pages |= {page.pk: page for page in model.objects.filter(pk__in=keys, live=True)}
    found = (passage for entry in wanted if entry.pk in pages for passage in _of(entry, pages[entry.pk]))
    return [passage for passage in found if passage.html]


def _of(entry: Entry, page: LibraryPage) -> Iterator[Passage]:
    if isinstance(page, ArticlePage):
        yield Passage(entry, ANSWER, "", clean_rich_text(linebreaks(page.short_answer, autoescape=True)))
    for part in page.body:  # type: ignore[attr-defined]
        if part.block_type == "passage":
            yield Passage(entry, part.id, part.value["name"], clean_rich_text(part.value["text"].source))
