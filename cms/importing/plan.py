"""What an import would do: each described page compared with what the library holds. Changes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from cms.importing.article import Article, Refusal, Refused
from cms.importing.reading import Reading
from cms.models import ArticlePage, DocumentPage, ImportedPage, LibraryPage, MinutesPage, NewsPage, Subject
from comms.people.models import Unit, User

PAGES: dict[str, type[LibraryPage]] = {
    "article": ArticlePage,
    "minutes": MinutesPage,
    "document": DocumentPage,
    "news": NewsPage,
}


@dataclass
class Register:
    """What the front matter may name, by how it names it."""

    units: dict[str, Unit]
    people: dict[str, User]
    subjects: dict[str, Subject]

    @classmethod
    def of(cls, articles: list[Article]) -> Register:
        """Three queries, however many articles."""
        codes = {code for one in articles if isinstance(one.audience, tuple) for code in one.audience}
        addresses = {one.responsible for one in articles} - {""}
        names = {name for one in articles for name in one.subjects}
        return cls(
            {unit.code: unit for unit in Unit.objects.filter(code__in=codes)},
            {user.email.lower(): user for user in User.objects.filter(email__in=addresses, is_staff=True)},
            {subject.name: subject for subject in Subject.objects.filter(name__in=names)},
        )

    def check(self, article: Article) -> None:
        """Raises `Refused` at the first name nobody here has."""
        for code in article.audience if isinstance(article.audience, tuple) else ():
            if code not in self.units:
                raise Refused(_("audience: There is no unit with the number %s.") % code,
                              article.lines.get("audience", 0))  # fmt: skip
        for name in article.subjects:
            if name not in self.subjects:
                raise Refused(_("subjects: There is no agreement or sector called “%s”.") % name,
                              article.lines.get("subjects", 0))  # fmt: skip
        if article.responsible and article.responsible not in self.people:
            raise Refused(_("responsible: Nobody among the staff has that address."),
                          article.lines.get("responsible", 0))  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One page to write. `known` is what an earlier import made of the same key; `only_publish` leaves its text."""

    article: Article
    known: ImportedPage | None = None
    only_publish: bool = False


@dataclass
class Plan:
    """`keys` leads from a path in the folder to what the page is known by, for links."""

    reading: Reading
    register: Register
    keys: dict[str, str]
    new: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    published: list[Change] = field(default_factory=list)
    unchanged: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    def todo(self) -> list[Change]:
        return [*self.new, *self.changed, *self.published]


def make_plan(reading: Reading, *, publish: bool, overwrite: bool = False) -> Plan:
    """Four queries, however many articles. `overwrite` also writes where staff have written in the page since it was
    imported.
    """
    plan = Plan(reading, Register.of(reading.articles), {one.path: one.key for one in reading.articles})
    plan.refusals += reading.refusals
    rows = ImportedPage.objects.filter(key__in=plan.keys.values()).select_related("page__content_type")
    known = {row.key: row for row in rows}
    good = _checked(plan)
    pages = {one.key: 0 for one in good} | {key: row.pk for key, row in known.items()}  # 0: a page this run will make
    for article in good:
        try:
            _sort(plan, article, known.get(article.key), pages, publish=publish, overwrite=overwrite)
        except Refused as error:
            plan.refusals.append(Refusal(article.path, error.line, error.reason))
    plan.refusals.sort()
    return plan


def _checked(plan: Plan) -> list[Article]:
    """The articles whose names are all known, each key once; the others are refused."""
    articles, good = plan.reading.articles, []
    twice = _twice(articles)
    for article in articles:
        try:
            if article.key in twice:
                raise Refused(_("key: “%s” stands in more than one file.") % article.key, article.lines.get("key", 0))
            plan.register.check(article)
        except Refused as error:
            plan.refusals.append(Refusal(article.path, error.line, error.reason))
        else:
            good.append(article)
    return good


def _twice(articles: list[Article]) -> set[str]:
    return {key for key, n in Counter(one.key for one in articles).items() if n > 1}


def _sort(
    plan: Plan, article: Article, known: ImportedPage | None, pages: dict[str, int], *, publish: bool, overwrite: bool
) -> None:
    if known is None:
        plan.new.append(Change(article))
        return
    if known.page.specific_class is not PAGES[article.kind]:
        raise Refused(_("kind: The page is of another kind already. Give the file another key."),
                      article.lines.get("kind", 0))  # fmt: skip
    if known.fingerprint == article.fingerprint(linked(article, plan.keys, pages)):
        page = known.page
        waits = page.has_unpublished_changes and (page.live or page.last_published_at is None)
        if publish and waits and not known.written_in_since():
            plan.published.append(Change(article, known, only_publish=True))
        else:
            plan.unchanged += 1
    elif known.written_in_since() and not overwrite:
        raise Refused(_("Somebody has written in the page since it was imported. --overwrite takes the file’s text."))
    else:
        plan.changed.append(Change(article, known))


def linked(article: Article, keys: dict[str, str], pages: dict[str, int]) -> dict[str, int]:
    """To which pages its links lead, of those that are there: path -> page. `pages` is by key."""
    return {path: pages[keys[path]] for path in article.links if keys.get(path) in pages}
