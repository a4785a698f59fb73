"""How fast the library answers a representative with two mandates, on PostgreSQL and on SQLite.

    TEST_POSTGRES_URL=postgres://… python -m tests.benchmarks.search --pages 100000 --json

Each database is filled anew in a scratch database of its own: 5,000 pages for everybody, 500 for regions, the rest
minutes and documents of 2,000 branches, their words drawn as often as Swedish has them. The queries are rare words and
common ones, in a few pages and in most, compounds, several words, stop words alone, and misspelt ones; each time is a
whole answer: candidates, order, counts, and ten results with snippets. `stock` is Wagtail's own search over the first
pages of the same (`--stock-pages`): the same words, ten results, bounded by the same audience.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import json
import os
import random
import secrets
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.scope import p95
from tests.servers import create_database, drop_database

GOAL_MS = 30
BRANCHES, REGIONS, EVERYBODY, REGIONAL = 2_000, 20, 5_000, 500
HEADS = (
    "medlems års löne skydds styrelse arbetsmiljö kollektiv avtals rese semester föräldra övertids uppsägnings"
    " förhandlings arbetsplats kassa utbildnings val distrikts regions kongress förtroende jubileums försäkrings"
    " hyres friskvårds pensions ungdoms sjuk löneglidnings"
)
TAILS = (
    "möte avtal samtal ombud ersättning ledighet protokoll avgift ordning beredning plan rapport kurs enkät utskott"
    " konferens råd stöd bidrag statistik tvist arkiv stipendium"
)
OURS = [head + tail for tail in TAILS.split() for head in HEADS.split()]  # the first are everywhere, the last nowhere
QUERIES = {
    "rare": [OURS[400], OURS[500], OURS[600]],
    "common": ["möte", "avtal", "protokoll", "lön"],
    "everywhere": ["också", "mycket", "år"],
    "several": ["avtal om lön", "möte styrelsen protokoll", "ersättning för resor", "skyddsombud och semester"],
    "compound": ["medlemsmöte", "övertidsersättning", "arbetsmiljöombud"],
    "inflected": ["mötets", "skyddsombuden", "avtalens"],
    "unaccented": ["arsmote", "lonesamtal"],
    "typo": ["medlemsmtöe", "kollektivavtla", "skydsombud"],
    "stop words": ["hur är det"],
}
TYPED = ["me", "med", "medl", "möt", "prot", "års", "kollek", "lön av"]
DAY = datetime.date(2026, 11, 27)


# --- pages -----------------------------------------------------------------------------------------------------------
class Author:
    """Writes Swedish without sense: each word as often as people use it, and the words of our own field."""

    def __init__(self, dice: random.Random) -> None:
        from cms.search import lexicon

        buckets = lexicon._buckets("large_sv")[1:551]
        self.dice = dice
        self.words = [word for bucket in buckets for word in bucket if word.isalpha()]
        weights = (10 ** (-n / 100) for n, bucket in enumerate(buckets, 1) for word in bucket if word.isalpha())
        self.weights = list(itertools.accumulate(weights))

    def write(self, n: int) -> str:
        said = self.dice.choices(self.words, cum_weights=self.weights, k=n)
        for _ in range(n // 25):
            said[self.dice.randrange(n)] = self.ours()
        return " ".join(said).capitalize() + "."

    def ours(self) -> str:
        return OURS[int(len(OURS) * self.dice.random() ** 4)]


def plant() -> tuple[list[Any], list[Any], Any]:
    """Regions, branches and the union, by the path each has in the tree."""
    from comms.people.models import Unit

    root = Unit.add_root(name="Förbundet", code="root", kind="union")
    regions = [root.add_child(name=f"Region {n}", code=f"r{n}", kind="region") for n in range(REGIONS)]
    for n, region in enumerate(regions):
        region.refresh_from_db()
        for m in range(BRANCHES // REGIONS):
            region.add_child(name=f"Avdelning {n}-{m}", code=f"b{n}-{m}", kind="branch")
    return regions, list(Unit.objects.filter(kind="branch").order_by("path")), root


def invent(pages: int, dice: random.Random, units: Any, shelf: Any) -> Iterator[tuple[Any, str, list[Any]]]:
    """(entry, its text, the units it is for) for each page."""
    from cms.models import Entry

    regions, branches, _root = units
    author = Author(dice)
    for n in range(pages):
        whom = [] if n < EVERYBODY else [regions[n % REGIONS]] if n < EVERYBODY + REGIONAL else [branches[n % BRANCHES]]
        kind = dice.choice(["article", "news", "document"] if n < EVERYBODY else ["minutes", "minutes", "document"])
        day = DAY - datetime.timedelta(days=int(3000 * dice.random()))
        title = f"{author.ours().capitalize()} {author.write(3)}" if kind != "minutes" else f"{author.ours()} {day}"
        entry = Entry(
            page_id=FIRST + n, public_id=uuid.UUID(int=dice.getrandbits(128), version=4), kind=kind, language="sv",
            title=title, summary=author.write(20), shelf_id=shelf.pk, everybody=not whom, open_to_all=False,
            level=0 if not whom else 1 if whom[0].kind == "region" else 2, dated=day,
            changed_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC), valid_until=None,
        )  # fmt: skip
        yield entry, author.write(dice.choice([60, 120, 250, 500])), whom


FIRST = 10_000  # id of the first page


def fill(pages: int, *, at_once: int = 1000) -> tuple[Any, float]:
    """A reader with two mandates, and how long the entries and their index took to make, in seconds."""
    from cms.access import Reader
    from cms.models import Entry, EntryText, HomePage, ShelfPage
    from cms.search import filing, index, spelling

    dice = random.Random(1)
    units = plant()
    regions, branches, root = units
    shelf = HomePage.objects.get().add_child(instance=ShelfPage(title="Allt"))
    below = {unit.pk: unit for unit in [root, *regions, *branches]}
    by_path = {unit.path: pk for pk, unit in below.items()}
    spent, source = 0.0, invent(pages, dice, units, shelf)
    while chunk := list(itertools.islice(source, at_once)):
        frame([entry for entry, _text, _units in chunk], shelf)
        began = time.perf_counter()
        Entry.unscoped.bulk_create(entry for entry, _text, _units in chunk)
        through = Entry.units.through
        through.objects.bulk_create(through(entry=entry, unit=unit) for entry, _text, whom in chunk for unit in whom)
        EntryText.objects.bulk_create(
            filing.row(entry, text, units=[one.pk for one in whom], shelves=[shelf.pk],
                       above={by_path[one.path[:end]] for one in whom for end in range(4, len(one.path) + 1, 4)})
            for entry, text, whom in chunk
        )  # fmt: skip
        spelling.learn((entry, [unit.pk for unit in whom]) for entry, _text, whom in chunk)
        spent += time.perf_counter() - began
    began = time.perf_counter()
    index.tidy()
    own = [branches[3], branches[1500]]
    ups = {by_path[one.path[:end]] for one in own for end in range(4, len(one.path) + 1, 4)}
    reader = Reader(tuple(sorted(ups)), tuple(one.pk for one in own), tuple(one.path for one in own))
    return reader, spent + time.perf_counter() - began


def frame(entries: Sequence[Any], shelf: Any) -> None:
    """The rows of Wagtail's tree that entries stand on."""
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection
    from wagtail.models import Locale, Page

    from cms.models import LibraryPage

    kind, locale = ContentType.objects.get_for_model(LibraryPage), Locale.objects.first()
    Page.objects.bulk_create(
        Page(id=entry.pk, path=f"{shelf.path}{entry.pk:08d}", depth=5, title=entry.title,
             draft_title=entry.title, slug=str(entry.pk), url_path=f"/{entry.pk}/", content_type=kind, locale=locale)
        for entry in entries
    )  # fmt: skip
    hexed = connection.vendor == "sqlite"
    rows = [(entry.pk, entry.public_id.hex if hexed else str(entry.public_id)) for entry in entries]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO cms_librarypage (page_ptr_id, public_id, language, audience, open_to_all)"
            " VALUES (%s, %s, 'sv', 'everybody', false)", rows,
        )  # fmt: skip


# --- the measurement -------------------------------------------------------------------------------------------------
def took(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def measure(reader: Any, rounds: int) -> dict[str, Any]:
    from cms.search import Filters, search, suggest

    def ask(words: str, **filters: Any) -> Any:
        return search(reader, words, filters=Filters(**filters), on=DAY)

    for words in [word for group in QUERIES.values() for word in group]:
        ask(words)  # warm: stemmers, dictionary, pages of the database
    times: dict[str, list[float]] = {
        name: [took(lambda q=q: ask(q)) for _ in range(rounds) for q in group] for name, group in QUERIES.items()
    }
    every = [one for group in times.values() for one in group]
    typing = [took(lambda q=q: suggest(reader, q)) for _ in range(rounds * 2) for q in TYPED]
    facets = [took(lambda q=q: ask(q, kind="document", year=2025)) for _ in range(rounds) for q in QUERIES["common"]]
    return {
        "search_p50_ms": round(statistics.median(every) * 1000, 2),
        "search_p95_ms": p95(every),
        "autocomplete_p95_ms": p95(typing),
        "facets_p95_ms": p95(facets),
        "by_query_p95_ms": {name: p95(group) for name, group in times.items()},
        "found": {words: ask(words).total for group in QUERIES.values() for words in group},
    }


def megabytes() -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_relation_size('cms_entrytext_head') + pg_relation_size('cms_entrytext_body')")
        else:
            cursor.execute("SELECT sum(length(block)) FROM cms_words_data")
        return round(cursor.fetchone()[0] / 1e6, 1)


def stock(reader: Any, pages: int, rounds: int) -> dict[str, Any]:
    """Wagtail's own search over title and text."""
    from wagtail.models import Page
    from wagtail.search import index
    from wagtail.search.backends import get_search_backend

    from cms.models import Entry, EntryText, LibraryPage

    LibraryPage.searched = property(lambda page: EntryText.objects.values_list("text", flat=True).get(pk=page.pk))
    LibraryPage.search_fields = [*Page.search_fields, index.SearchField("searched")]
    backend = get_search_backend()
    began = time.perf_counter()
    for start in range(FIRST, FIRST + pages, 500):
        some = LibraryPage.objects.filter(pk__gte=start, pk__lt=min(start + 500, FIRST + pages))
        backend.get_index_for_model(LibraryPage).add_items(LibraryPage, list(some))
    built = time.perf_counter() - began
    mine = LibraryPage.objects.filter(pk__in=Entry.objects.within(reader).values("pk"))
    words = [word for name in ("rare", "common", "several", "compound") for word in QUERIES[name]]
    times = [took(lambda q=q: list(mine.search(q)[:10])) for _ in range(rounds) for q in words]
    return {"pages": pages, "search_p50_ms": round(statistics.median(times) * 1000, 2), "search_p95_ms": p95(times),
            "build_s": round(built, 1)}  # fmt: skip


def one(options: argparse.Namespace) -> dict[str, Any]:
    """In a process of its own, on the database the environment names."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    reader, built = fill(options.pages)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    found = measure(reader, options.rounds)
    found |= {"build_s": round(built, 1), "index_mb": megabytes()}
    if options.stock_pages:
        found["stock"] = stock(reader, min(options.pages, options.stock_pages), rounds=2)
    return found


def child(database: str, options: argparse.Namespace) -> dict[str, Any]:
    name = f"bench_{secrets.token_hex(4)}"
    with TemporaryDirectory() as folder:
        url = create_database(name) if database == "postgres" else f"sqlite:///{folder}/db.sqlite3"
        settings = {"DJANGO_SETTINGS_MODULE": "comms.settings", "VAR_DIR": folder, "DATABASE_URL": url}
        settings |= {"LOG_LEVEL": "ERROR", "PYTHONWARNINGS": "ignore"}
        arguments = [f"--{key.replace('_', '-')}={getattr(options, key)}" for key in ("pages", "rounds", "stock_pages")]
        command = [sys.executable, "-m", "tests.benchmarks.search", "--one", *arguments]
        try:
            done = subprocess.run(command, env={**os.environ, **settings}, stdout=subprocess.PIPE, check=True)
        finally:
            if database == "postgres":
                drop_database(name)
        return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5, help="how often each query is asked")
    parser.add_argument("--stock-pages", type=int, default=10_000, help="pages for Wagtail's own search; 0: none")
    parser.add_argument("--databases", default="postgres,sqlite")
    parser.add_argument("--json", action="store_true", help="only JSON on stdout")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one(options)))
        return
    found: dict[str, Any] = {name: child(name, options) for name in options.databases.split(",")}
    found["stock"] = {name: figures.pop("stock", None) for name, figures in found.items()}
    found |= {"pages": options.pages, "goal_search_p95_ms": GOAL_MS}
    print(json.dumps(found) if options.json else json.dumps(found, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
