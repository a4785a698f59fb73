from cms.models.base import Attachment, AudienceUnit, LibraryPage, RelatedPage, Subject
from cms.models.entry import Entry, EntryText
from cms.models.files import FileText
from cms.models.imported import ImportedPage
from cms.models.learning import Heard, ToldExpired, Unfound, Verdict
from cms.models.pages import ArticlePage, DocumentPage, HomePage, MinutesPage, NewsPage, ShelfPage
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
