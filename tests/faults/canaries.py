"""Names nobody else has go through real workers at their most talkative; then log, broker and ledger are searched.

python -m tests.faults.canaries --database postgres|sqlite
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from pathlib import Path

from tests.faults.ground import House, open_house
from tests.sink import every

NAMES = ("Kanariea", "Sångfågelsdotter", "gula.fjadern", "voljar")
ADDRESSES = [f"gula.fjadern{n}@voljar.example.com" for n in range(3)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="sqlite")
    options = parser.parse_args()
    with open_house(options.database, LOG_LEVEL="DEBUG", LOG_FORMAT="json") as house:
        house.says(every(2, "rcpt", f"550 5.1.1 <{ADDRESSES[0]}> Kanariea Sångfågelsdotter unknown"))
        print(json.dumps(walk(house)), flush=True)
    return 0


def walk(house: House) -> dict[str, object]:
    from mailings.models import Recipient

    mailing = campaign()
    house.kill_all()
    ring(mailing)
    messages = in_the_broker(house.folder)  # nobody takes them meanwhile
    house.workers = [house.start("worker --pool solo --loglevel DEBUG") for _n in range(2)]
    rows = Recipient.unscoped.for_mailing(mailing)
    house.finish(mailing)
    time.sleep(2)  # the other tasks
    said = house.log()
    ledger = "".join(path.read_text() for path in (house.folder / "ledger").glob("*"))
    everything = plain(said + messages + ledger)
    return {
        "traces": [name for name in NAMES if name.lower() in everything],
        "messages_seen": messages.count("mailings.tasks."),
        "lines": said.count('"logger"'),
        "states": rows.by_state(),
    }


def plain(text: str) -> str:
    """In small letters, and å where JSON writes \\u00e5."""
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text).lower()


def campaign():  # type: ignore[no-untyped-def]
    """A mailing to three members, and one whose task will fail."""
    from comms.people.models import Member
    from tests.factories import make_mandate, make_unit, make_user
    from tests.mailings.post import make_mailing

    user = make_user("Kanariea", last_name="Sångfågelsdotter", email="gula.fjadern@voljar.example.com")
    mailing = make_mailing(make_mandate(user, make_unit("Avdelning A")), to=ADDRESSES, state="paused")
    Member.unscoped.update(first_name="Kanariea", last_name="Sångfågelsdotter")
    mailing.recipients.update(first_name="Kanariea", last_name="Sångfågelsdotter")
    return mailing


def ring(mailing) -> None:  # type: ignore[no-untyped-def]
    """The bells that the product rings, with nobody there to hear them."""
    from mailings import dispatch, lifecycle, tasks

    lifecycle.resume(mailing=mailing, by=mailing.author, now=dispatch.database_now())
    dispatch.ring()
    tasks.send_test.delay(mailing.pk, mailing.author_id)  # fails: its template has nothing to draw
    tasks.send_test.delay(mailing.pk, 10**6)


def in_the_broker(folder: Path) -> str:
    """Everything the broker holds, messages decoded."""
    import base64

    if url := os.environ.get("REDIS_URL"):
        import redis

        server = redis.Redis.from_url(url)
        raw = "".join(item.decode() for item in server.lrange("celery", 0, -1))
    else:
        raw = "".join(path.read_text() for path in (folder / "broker").rglob("*.msg"))
    bodies = [base64.b64decode(body).decode() for body in re.findall(r'"body": "([A-Za-z0-9+/=]+)"', raw)]
    return raw + "".join(bodies)


if __name__ == "__main__":
    sys.exit(main())
