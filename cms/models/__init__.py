from cms.models.entry import Entry, EntryText
from cms.models.pages import (
    ArticlePage,
    Attachment,
    AudienceUnit,
    DocumentPage,
    HomePage,
    LibraryPage,
    MinutesPage,
    NewsPage,
    RelatedPage,
    ShelfPage,
    Subject,
)
from cms.models.words import BestBet, BestBetPage, Synonyms, Word

__all__ = [
    "ArticlePage",
    "Attachment",
    "AudienceUnit",
    "BestBet",
    "BestBetPage",
    "DocumentPage",
    "Entry",
    "EntryText",
    "HomePage",
    "LibraryPage",
    "MinutesPage",
    "NewsPage",
    "RelatedPage",
    "ShelfPage",
    "Subject",
    "Synonyms",
    "Word",
]
