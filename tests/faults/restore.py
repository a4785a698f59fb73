"""Restore yesterday's backup in the middle of a mailing; the mail server is the judge (fault R19).

python -m tests.faults.restore --recipients 300 --database postgres|sqlite

A mailing is on its way when the backup is made; then it goes on to its end, a draft is sent as well, a scheduled
mailing is stopped, one member unsubscribes, one complains, one is erased. All of that is forgotten by the restore.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.faults.ground import OPEN, House, open_house

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipients", type=int, default=300)
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="sqlite")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="restore-") as folder, open_house(options.database) as house:
        verdict = drill(house, Path(folder) / "backup", options.recipients)
        if verdict["wrong"]:
            print(house.log()[-4000:], file=sys.stderr)
    print(json.dumps({"database": options.database, **verdict}), flush=True)
    return 1 if verdict["wrong"] else 0


def drill(house: House, backup: Path, recipients: int) -> dict[str, object]:
    """What was found; `wrong` is empty when all is well."""
    from mailings import lifecycle, reports
    from mailings.models import Mailing, Recipient

    draft, later = prepared()
    mailing = house.mailing(recipients)
    house.under_way(recipients // 3)
    house.sink.server.delay = 1  # making the backup takes seconds; the mailing must not be over before
    run("script/backup", str(backup))
    at_backup = len(house.sink.mails)
    house.as_at_first()
    house.until(lambda: Mailing.unscoped.get(pk=mailing.pk).state == "done")
    people = what_happens_since(draft, later, mailing)
    house.until(lambda: Mailing.unscoped.get(pk=draft.pk).state == "done")
    before = len(house.sink.mails)
    house.close()
    said = restore(backup)
    paused = states(mailing, draft, later)
    house.open()
    time.sleep(3)  # some sweeps: whatever wants to start by itself does so now
    by_itself = len(house.sink.mails) - before
    fresh = Mailing.unscoped.get(pk=mailing.pk)
    lifecycle.resume(mailing=fresh, by=fresh.author, now=clock())
    house.finish(mailing)
    taken, rows = Counter(house.sink.recipients), Recipient.unscoped.for_mailing(mailing)
    checks = {
        "not in the middle": not recipients // 3 <= at_backup < recipients,
        "mailed twice": [address for address, n in taken.items() if n > 1],
        "sent by itself": by_itself,
        "not paused": paused != {"mailing": "paused restored", "draft": "cancelled", "later": "cancelled"} and paused,
        "forgotten": rows.filter(state__in=OPEN).count(),
        "sent but not at the server": rows.filter(state="sent").exclude(address="").exclude(address__in=taken).count(),
        "sums": reports.disagreements(),
        "said no, and forgotten": forgotten(*people),
    }
    wrong = {name: found for name, found in checks.items() if found}
    return {"at_backup": at_backup, "said": said, "states": rows.by_state(), "wrong": wrong}


def clock():  # type: ignore[no-untyped-def]
    from mailings import dispatch

    return dispatch.database_now()


def prepared():  # type: ignore[no-untyped-def]
    """A draft, and a mailing that is due in an hour."""
    import datetime

    from tests.factories import make_mandate, make_unit, make_user
    from tests.mailings.post import make_mailing

    make_unit("Avdelning A")  # of the mailing that is on its way
    mandate = make_mandate(make_user("Bo", email="bo@example.org"), make_unit("Avdelning B"))
    hour = datetime.timedelta(hours=1)
    later = make_mailing(mandate, to=5, state="scheduled", due_at=clock() + hour)
    return make_mailing(mandate, state="draft"), later


def what_happens_since(draft, later, mailing):  # type: ignore[no-untyped-def]
    """The draft is sent to its unit, the other stopped; answers who unsubscribed, complained and was erased."""
    from comms.people.models import Member
    from comms.privacy import erasing
    from comms.privacy.models import Suppression
    from comms.privacy.unsubscribe import Preference
    from mailings import dispatch, lifecycle
    from mailings.models import Mailing, Recipient
    from tests.mailings.post import lock, make_rendition

    now = clock()
    lifecycle.cancel(mailing=later, by=later.author, now=now)
    make_rendition(draft)
    lock(draft, list(Member.unscoped.filter(placements__unit=draft.unit)), 50)
    Mailing.unscoped.filter(pk=draft.pk).update(state="hold", due_at=now, confirmed_at=now, confirmed_by=draft.author)
    dispatch.recover(now=now)
    rows = Recipient.unscoped.for_mailing(mailing).select_related("member").order_by("-id")[:3]
    quiet, cross, gone = (row.member for row in rows)
    Preference(member=quiet, topic=mailing.topic, channel="mail").switch_off(how="page", now=now)
    Suppression.objects.suppress(cross.email, Suppression.Reason.COMPLAINED, now=now)
    erasing.erase(gone, now=now)
    return quiet, cross, gone, mailing.topic


def run(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def restore(backup: Path) -> dict[str, object]:
    from django.db import connection

    connection.close()
    said: dict[str, object] = json.loads(run("script/restore", str(backup), "--json"))
    connection.close()
    return said


def states(mailing, draft, later) -> dict[str, str]:  # type: ignore[no-untyped-def]
    from mailings.models import Mailing

    named = {"mailing": mailing, "draft": draft, "later": later}
    found = {name: Mailing.unscoped.get(pk=one.pk) for name, one in named.items()}
    return {name: f"{one.state} {one.pause_reason}".strip() for name, one in found.items()}


def forgotten(quiet, cross, gone, topic) -> list[str]:  # type: ignore[no-untyped-def]
    from django.conf import settings

    from comms.people.addresses import address_key
    from comms.people.models import Member
    from comms.privacy.models import Suppression
    from comms.privacy.unsubscribe import Preference

    again, key = Member.unscoped.get(pk=gone.pk), address_key(cross.email, key=settings.SUPPRESSION_KEY)
    checks = {
        "unsubscribed": not Preference(member=quiet, topic=topic, channel="mail").is_on,
        "complained": Suppression.objects.filter(key=key, reason="complained").exists(),
        "erased": again.erased_at is not None and not again.email and not again.first_name,
    }
    return [name for name, kept in checks.items() if not kept]


if __name__ == "__main__":
    sys.exit(main())
