"""How fast somebody sees their own members in a very large union, on PostgreSQL.

    DATABASE_URL=postgres://… python -m tests.benchmarks.scope --members 2000000 --json

Fills a scratch database beside the configured one (20,000 units; each member in a branch and at one of its workplaces;
names as skewed as real ones, places of very different size) and asks for lists as the page does, under mandates at
workplaces, employers, branches, regions and the union. A page is everything it shows: whom, their jobs and the names
of the places. `*_p95_ms` are the worst kind of mandate's; `mandates` has them all, with the smallest, the middle and
the largest number of members, and a search for a name.

`count` is a count nobody has asked for since the night: of a large mandate the number the night has left
(`comms.people.sizes`; `recount_s` is how long that took), of any other all of its members one by one, as `count_exact`
does for all of them. `count_remembered` is asked again within five minutes, above 5,000.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks import scratch

GOALS = {"first_page_p95_ms": 15, "keyset_page_p95_ms": 15, "count_p95_ms": 200, "count_remembered_p95_ms": 5}
REGIONS, BRANCHES, EMPLOYERS, MID_LEVELS, WORKPLACES, CLUBS = 10, 200, 400, 1_200, 18_000, 189
UNITS = 1 + REGIONS + BRANCHES + EMPLOYERS + MID_LEVELS + WORKPLACES + CLUBS

UNIT = """
INSERT INTO people_unit (path, depth, numchild, code, name, kind, mailbox, address, branch_id)
SELECT {path}, {depth}, 0, '{kind}' || n, '{kind} ' || n, '{kind}', '', '', {branch}
FROM generate_series(0, {count} - 1) n
"""
FOREST = [  # (kind, how many, depth, path, branch)
    ("union", 1, 1, "'0001'", "NULL"),
    ("region", REGIONS, 2, "'0001' || lpad((n + 1)::text, 4, '0')", "NULL"),
    ("branch", BRANCHES, 3, "'0001' || lpad((n % 10 + 1)::text, 4, '0') || lpad((n / 10 + 1)::text, 4, '0')", "NULL"),
    ("club", CLUBS, 4, "(SELECT path FROM people_unit WHERE code = 'branch' || n) || '0001'", "NULL"),
    ("employer", EMPLOYERS, 1, "lpad((n + 2)::text, 4, '0')",
     "(SELECT id FROM people_unit WHERE code = 'branch' || n % 200)"),
    ("mid_level", MID_LEVELS, 2, "lpad((n % 400 + 2)::text, 4, '0') || lpad((n / 400 + 1)::text, 4, '0')", "NULL"),
    ("workplace", WORKPLACES, 3,
     "lpad((n % 400 + 2)::text, 4, '0') || lpad((n / 400 % 3 + 1)::text, 4, '0') || lpad((n / 1200 + 1)::text, 4, '0')",
     "NULL"),
]  # fmt: skip
MEMBERS = """
INSERT INTO people_member (public_id, number, first_name, last_name, email, email_key, email_problem, mobile, language,
                           street, postcode, city, country, restricted, left_on)
SELECT gen_random_uuid(), n::text, first[1 + floor(60 * random() ^ 2)],
       head[1 + floor(20 * random() ^ 2)] || tail[1 + floor(20 * random() ^ 2)],
       'm' || n || '@example.com', md5(n::text), '', '+46701740605', 'sv', '', '', '', 'SE', false,
       CASE WHEN random() < 0.05 THEN '2020-01-01'::date END
FROM generate_series(1, {members}) n, (SELECT %s::text[] AS first, %s::text[] AS head, %s::text[] AS tail) AS names
"""
PLACEMENTS = """
WITH homes AS MATERIALIZED (
    SELECT id, left_on, floor({branches} * random() ^ 1.5)::int AS branch, floor(90 * random() ^ 1.3)::int AS place,
           random() AS dice
    FROM people_member
),
places AS (SELECT id, code FROM people_unit WHERE kind IN ('branch', 'workplace'))
INSERT INTO people_placement (member_id, unit_id, start, "end", position, employment, main_employer)
SELECT homes.id, places.id, '2015-01-01'::date, left_on, '', '', false
FROM homes JOIN places ON places.code = 'branch' || branch
UNION ALL
SELECT homes.id, places.id, '2015-01-01'::date, left_on, 'Befattning ' || (dice * 40)::int,
       CASE WHEN dice < 0.15 THEN 'temporary' ELSE 'permanent' END, true
FROM homes JOIN places ON places.code = 'workplace' || (branch + 200 * place)
"""
HEADS = [
    "Lind", "Berg", "Sand", "Sjö", "Lund", "Ek", "Öst", "Väst", "Norr", "Ås",
    "Åker", "Björk", "Gran", "Hög", "Ceder", "Ström", "Älv", "Rosen", "Malm", "Fors",
]  # fmt: skip
TAILS = [
    "ström", "gren", "berg", "kvist", "qvist", "mark", "man", "lund", "dahl", "stedt",
    "blad", "holm", "bäck", "fors", "skog", "vall", "strand", "löv", "hed", "ås",
]  # fmt: skip
STEMS = ["An", "Eva", "Kar", "Lar", "Åsa", "Gun", "Ing", "Mar", "Per", "Sol", "Öy", "Bri"]
FIRST = [stem + end for stem in STEMS for end in ("na", "in", "s", "e", "ar")]


def fill(members: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        for kind, count, depth, path, branch in FOREST:
            cursor.execute(UNIT.format(kind=kind, count=count, depth=depth, path=path, branch=branch))
        cursor.execute(MEMBERS.format(members=members), [FIRST, HEADS, TAILS])
        cursor.execute(PLACEMENTS.format(branches=BRANCHES))
        cursor.execute("VACUUM ANALYZE people_unit, people_member, people_placement")


# --- the measurement ------------------------------------------------------------------------------------------------
def p95(times: list[float]) -> float:
    """Milliseconds."""
    return round(sorted(times)[math.ceil(0.95 * len(times)) - 1] * 1000, 2)


def took(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def mandates(kind: str, how_many: int, dice: random.Random) -> list[Any]:
    """Scopes of mandates at some units of the kind."""
    from django.utils import timezone

    from comms.people.models import Mandate, Unit
    from comms.people.scope import Scope
    from tests.factories import make_mandate, make_user

    units = list(Unit.objects.filter(kind=kind).order_by("path"))
    role = Mandate.Role.STAFF if kind == "union" else Mandate.Role.REPRESENTATIVE
    user = make_user(kind)
    chosen = dice.sample(units, min(how_many, len(units)))
    return [Scope.of_mandate(make_mandate(user, unit, role=role), on=timezone.localdate()) for unit in chosen]


def somebody(scope: Any, dice: random.Random) -> int:
    """A member of the scope, from anywhere in it."""
    from comms.people.models import Placement

    ids = Placement.objects.filter(scope.unit_paths("unit__path")).order_by("member").values_list("member", flat=True)
    later = ids.filter(member__gte=dice.randrange(1, 1 + ids.last()))
    return later.first() or ids.first()


def measure_one(scope: Any, dice: random.Random) -> tuple[int, dict[str, float]]:
    """How many members the mandate has, and seconds."""
    from django.core.cache import caches

    from comms.members import lists
    from comms.members.rows import rows
    from comms.people import sizes

    everybody, place = lists.Wanted(), lists.token(somebody(scope, dice))
    name = lists.Wanted(words=dice.choice(HEADS) + dice.choice(TAILS))
    caches["memory"].clear()

    def count() -> int:
        return lists.count(scope, everybody, units=lists.units_of(scope))

    times = {"count": took(count)}
    size = count()

    def page(after: str) -> None:
        units = lists.units_of(scope)
        rows(lists.page(scope, everybody, units=units, total=size, expected=size, after=after).ids, scope=scope)

    times["count_exact"] = took(lambda: sizes.everybody(scope, units=lists.units_of(scope)))
    times["count_remembered"] = took(lambda: lists.count(scope, everybody, units=None)) if size > lists.EXACT else 0.0
    times["first_page"] = took(lambda: page(""))
    times["keyset_page"] = took(lambda: page(place))
    times["search"] = took(lambda: lists.find(scope, name))
    return size, times


def measure_kind(kind: str, rounds: int, dice: random.Random) -> dict[str, Any]:
    scopes = mandates(kind, rounds, dice)
    found = [measure_one(scope, dice) for scope in (scopes * rounds)[:rounds]]
    sizes = [size for size, _times in found]
    figures = {}
    for name in found[0][1]:
        times = [seconds[name] for _size, seconds in found]
        figures |= {f"{name}_p50_ms": round(statistics.median(times) * 1000, 2), f"{name}_p95_ms": p95(times)}
    return {"members": [min(sizes), round(statistics.median(sizes)), max(sizes)], **figures}


def measure(members: int, rounds: int) -> dict[str, Any]:
    from django.utils import timezone

    from comms.people import sizes
    from comms.people.models import Unit

    began = time.monotonic()
    fill(members)
    filled = time.monotonic() - began
    counting = took(lambda: sizes.recount(on=timezone.localdate()))
    dice = random.Random(1)
    assert Unit.objects.count() == UNITS
    kinds = {kind: measure_kind(kind, rounds, dice) for kind in ("workplace", "employer", "branch", "region", "union")}
    worst = {key: max(kind[key] for kind in kinds.values()) for key in GOALS}
    return {
        "members": members,
        "units": UNITS,
        "fill_s": round(filled),
        "recount_s": round(counting, 1),
        **worst,
        "mandates": kinds,
        "goals": GOALS,
        "met": {key: worst[key] <= goal for key, goal in GOALS.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=40, help="mandates of each kind")
    parser.add_argument("--json", action="store_true", help="only JSON on stdout")
    options = parser.parse_args()
    with scratch.postgres():
        found = measure(options.members, options.rounds)
    scratch.tell(found, as_json=options.json)


if __name__ == "__main__":
    main()
