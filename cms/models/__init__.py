from cms.models.entry import Entry, EntryText
from cms.models.files import FileText
from cms.models.imported import ImportedPage
from cms.models.learning import Heard, ToldExpired, Unfound, Verdict
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
    "FileText",
    "Heard",
    "HomePage",
    "ImportedPage",
    "LibraryPage",
    "MinutesPage",
    "NewsPage",
    "RelatedPage",
    "ShelfPage",
    "Subject",
    "Synonyms",
    "ToldExpired",
    "Unfound",
    "Verdict",
    "Word",
]
