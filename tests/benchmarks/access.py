"""How fast the access log answers “which members did X see” and “who looked at me”, on PostgreSQL.

    DATABASE_URL=postgres://… python -m tests.benchmarks.access --rows 10000000 --json

Fills a scratch database beside the configured one: two years of looks by 2,000 representatives, the busiest of whom
looks eighty times a day; each has a mandate over some hundred of 200,000 members, and a row holds one member of them,
a page of up to 50, or seldom 200 to 2,000. Rows lie on the disk in the order of time, as they are written. `*_month`
is what a representative saw in 30 days, `*_ever` in all the time the log is kept, `*_busiest` the same for the one
who looked most; `me` is the first page of who looked at a member with how many there are in all, `me_most` the same of
the member who is looked at most, `me_all` all of it for the copy a member may ask for (GDPR art. 15).
"""

from __future__ import annotations

import argparse
import datetime
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks import scratch
from tests.benchmarks.scope import p95, took

GOAL_MS = 1000
USERS, MEMBERS, DAYS, PAGE = 2_000, 200_000, 730, 50
SEAL = "0" * 64

PEOPLE = """
INSERT INTO people_user (password, is_superuser, email, first_name, last_name, phone, language, is_staff, is_active,
                         date_joined)
SELECT '', false, 'u' || n || '@example.org', 'Kim', 'Lind ' || n, '', 'sv', false, true, now()
FROM generate_series(1, {users}) n
"""
MANDATES = """
INSERT INTO people_mandate (user_id, unit_id, role, mailbox, public_id, start)
SELECT id, {unit}, 'representative', '', gen_random_uuid(), '2020-01-01' FROM people_user
"""
MEMBER = """
INSERT INTO people_member (public_id, number, first_name, last_name, email, email_key, email_problem, mobile, language,
                           street, postcode, city, country, restricted)
SELECT gen_random_uuid(), n::text, 'Kim', 'Berg ' || md5(n::text), '', '', '', '', 'sv', '', '', '', 'SE', false
FROM generate_series(1, {members}) n
"""
DAY = """
INSERT INTO privacy_accessday (day, rows, seal)
SELECT '{begin}'::date + n, {per_day}, '{seal}' FROM generate_series(0, {days}) n
"""
# each representative's members lie beside each other from a place of their own; a row holds every eleventh of them
LOOKS = """
INSERT INTO privacy_accesslog (day_id, n, at, user_id, mandate_id, kind, reason, words, count, members, seal)
SELECT '{begin}'::date + n / {per_day}, n % {per_day} + 1,
       '{begin}'::timestamptz + n / {per_day} * interval '1 day' + n % {per_day} * interval '16 hours' / {per_day},
       {first_user} + who, {first_mandate} + who, kind, CASE WHEN kind = 'contact' THEN 'case' ELSE '' END, '', many,
       (SELECT jsonb_agg({first_member}
                         + (who * 97 + (place + k * 11) % greatest(many, 60 + who % 10 * 60)) % {members})
        FROM generate_series(0, many - 1) k),
       '{seal}'
FROM (
    SELECT n, floor({users} * random() ^ 1.5)::int AS who, floor(random() * 2000)::int AS place, kind,
           CASE kind WHEN 'contact' THEN 1 WHEN 'mailing' THEN 200 + floor(1800 * random() ^ 3)::int
                     ELSE 1 + floor({page} * random())::int END AS many
    FROM (
        SELECT n, CASE WHEN dice < 0.6 THEN 'list' WHEN dice < 0.8 THEN 'search' WHEN dice < 0.998 THEN 'contact'
                       ELSE 'mailing' END AS kind
        FROM (SELECT n, random() AS dice FROM generate_series({start}, {end} - 1) n) AS dice
    ) AS kinds
) AS looks
"""
AT_ONCE = 500_000  # rows in one statement


def fill(rows: int) -> None:
    from django.db import connection

    from comms.people.models import Mandate, Member, User
    from tests.factories import make_unit

    unit = make_unit("Förbundet", kind="union")
    now = datetime.datetime.now(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    begin, per_day = now - datetime.timedelta(days=DAYS), max(1, -(-rows // DAYS))
    said = {"begin": begin.date(), "per_day": per_day, "seal": SEAL, "days": DAYS, "users": USERS, "members": MEMBERS}
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        for statement in (PEOPLE, MANDATES, MEMBER, DAY):
            cursor.execute(statement.format(unit=unit.pk, **said))
        firsts = {"user": User.objects, "mandate": Mandate.objects, "member": Member.unscoped}
        said |= {f"first_{name}": of.order_by("pk").values_list("pk", flat=True)[0] for name, of in firsts.items()}
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'access_log_members'")
        (index,) = cursor.fetchone()
        cursor.execute("DROP INDEX access_log_members")  # made anew at the end, which is quicker
        for start in range(0, rows, AT_ONCE):
            cursor.execute(LOOKS.format(start=start, end=min(rows, start + AT_ONCE), page=PAGE, **said))
        cursor.execute(index)
        cursor.execute("VACUUM ANALYZE privacy_accesslog, people_member, people_user, people_mandate")


# --- the measurement --------------------------------------------------------------------------------------------------
def saw(user: Any, since: datetime.datetime, until: datetime.datetime) -> None:
    """What the staff page asks: counts by kind, everybody seen, and the names of a page of them."""
    from comms.members import seen

    list(seen.by(user, since=since, until=until).page(1))


def me(member: int) -> None:
    from comms.members import seen

    page = seen.at(member, 1)
    assert page.paginator.count >= len(list(page))


def me_all(member: int) -> None:
    from comms.privacy import access

    list(access.at(member))


def most_looked_at() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT member::int FROM privacy_accesslog TABLESAMPLE system (1), jsonb_array_elements(members) member"
            " GROUP BY member ORDER BY count(*) DESC LIMIT 1"
        )
        (found,) = cursor.fetchone()
    return int(found)


def questions(begin: datetime.datetime, dice: random.Random) -> dict[str, Callable[[], None]]:
    """Each asked anew about somebody else."""
    from comms.people.models import Member, User

    users = list(User.objects.order_by("pk"))
    first, most = Member.unscoped.order_by("pk").values_list("pk", flat=True)[0], most_looked_at()
    end, month = begin + datetime.timedelta(days=DAYS), datetime.timedelta(days=30)

    def somebody() -> Any:
        return users[int(USERS * dice.random() ** 1.5)]

    def saw_month() -> None:
        since = begin + datetime.timedelta(days=dice.randrange(DAYS - 30))
        saw(somebody(), since, since + month)

    def busiest_month() -> None:
        since = begin + datetime.timedelta(days=dice.randrange(DAYS - 30))
        saw(users[0], since, since + month)

    return {
        "saw_month": saw_month,
        "saw_month_busiest": busiest_month,
        "saw_ever": lambda: saw(somebody(), begin, end),
        "saw_ever_busiest": lambda: saw(users[0], begin, end),
        "me": lambda: me(first + dice.randrange(MEMBERS)),
        "me_most": lambda: me(most),
        "me_all": lambda: me_all(first + dice.randrange(MEMBERS)),
    }


def sizes(begin: datetime.datetime) -> dict[str, Any]:
    """What was asked about: rows and bytes of the log, and of its indexes."""
    from django.db import connection

    from comms.people.models import User
    from comms.privacy import access

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), sum(count), pg_table_size('privacy_accesslog'), pg_indexes_size('privacy_accesslog')"
            " FROM privacy_accesslog"
        )
        rows, members, table, indexes = cursor.fetchone()
    busiest = access.by(User.objects.order_by("pk")[0], since=begin, until=begin + datetime.timedelta(days=DAYS))
    return {
        "rows": rows, "members_in_rows": int(members), "table_mb": table >> 20, "indexes_mb": indexes >> 20,
        "rows_of_busiest": busiest.count(), "rows_of_most_looked_at": access.at(most_looked_at()).count(),
    }  # fmt: skip


def measure(rows: int, rounds: int) -> dict[str, Any]:
    from comms.privacy.models import AccessDay

    began = time.monotonic()
    if not AccessDay.objects.exists():
        fill(rows)
    filled, day = round(time.monotonic() - began), AccessDay.objects.earliest("day").day
    begin = datetime.datetime.combine(day, datetime.time(), datetime.UTC)
    found: dict[str, Any] = {**sizes(begin), "fill_s": filled}
    asked = {name: [took(ask) for _ in range(rounds)] for name, ask in questions(begin, random.Random(1)).items()}
    for name, times in asked.items():
        found |= {f"{name}_p50_ms": round(statistics.median(times) * 1000, 2), f"{name}_p95_ms": p95(times)}
    met = {name: p95(times) < GOAL_MS for name, times in asked.items()}
    return {**found, "goal_p95_ms": GOAL_MS, "met": met}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=40, help="times each question is asked")
    parser.add_argument("--keep", metavar="NAME", help="a database that is filled once and stays, to ask it again")
    parser.add_argument("--json", action="store_true", help="only JSON on stdout")
    options = parser.parse_args()
    with scratch.postgres(options.keep or ""):
        found = measure(options.rows, options.rounds)
    scratch.tell(found, as_json=options.json)


if __name__ == "__main__":
    main()
