"""One invitation, confirmed by many tabs at the same moment: real threads, a real database, workers that wait (S24).

python -m tests.security.many_hands --database postgres|sqlite --hands N
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import logging
import sys
import threading
from collections.abc import Iterator
from typing import Any

from tests.faults.ground import open_house

MEMBERS = 3
HOST = {"SERVER_NAME": "127.0.0.1"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="sqlite")
    parser.add_argument("--hands", type=int, default=50)
    options = parser.parse_args()
    with open_house(options.database, MAILING_HOLD_SECONDS="3600", LOG_LEVEL="INFO"):
        print(json.dumps(press(options.hands)), flush=True)
    return 0


def press(hands: int) -> dict[str, object]:
    """What the hands were answered, and what there is afterwards."""
    from django.urls import reverse

    from comms.people.models import User
    from mailings.models import Batch, Mailing, Recipient, Rendition

    draft = invitation()
    address = reverse("mailings:confirm", args=[draft.public_id])
    cookie = signed_in(User.objects.get())
    form = {"version": draft.version, "count": MEMBERS}
    with logged() as confirmations:
        replies = at_once(hands, lambda: tab(cookie).post(address, form))
    report = tab(cookie).get(reverse("mailings:sent", args=[draft.public_id]))
    late = tab(cookie).post(address, form)  # and one who comes when it is over
    return {
        "answers": dict(
            collections.Counter(f"{reply.status_code} {reply.headers.get('Location')}" for reply in replies)
        ),
        "late": f"{late.status_code} {late.headers.get('Location')}",
        "report": report.status_code,
        "says so": reverse("mailings:undo", args=[draft.public_id]) in report.content.decode(),  # waits, may be undone
        "confirmed": confirmations.count(f"mailing {draft.public_id}: confirmed by user"),
        "address": reverse("mailings:sent", args=[draft.public_id]),
        "mailings": list(Mailing.unscoped.values_list("state", "locked_count")),
        "recipients": Recipient.unscoped.count(),
        "members": Recipient.unscoped.values("member").distinct().count(),
        "batches": Batch.objects.count(),
        "renditions": Rendition.objects.count(),
    }


class Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    def count(self, beginning: str) -> int:
        return sum(line.startswith(beginning) for line in self.lines)


@contextlib.contextmanager
def logged() -> Iterator[Heard]:
    """What the product says meanwhile."""
    heard = Heard()
    logging.getLogger("mailings").addHandler(heard)
    yield heard
    logging.getLogger("mailings").removeHandler(heard)


def invitation() -> Any:
    from tests.factories import make_mandate, make_member, make_unit, make_user
    from tests.mailings.design import make_draft

    unit = make_unit("Avdelning A")
    for _n in range(MEMBERS):
        make_member(placed=[unit], language="sv")
    return make_draft(make_mandate(make_user("Alice", language="sv"), unit))


def signed_in(user: Any) -> str:
    """The cookie of that person's browser."""
    from django.conf import settings
    from django.test import Client

    client = Client(**HOST)
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def tab(cookie: str) -> Any:
    """One of the browser's tabs."""
    from django.conf import settings
    from django.test import Client

    client = Client(raise_request_exception=False, **HOST)
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    return client


def at_once(hands: int, act: Any) -> list[Any]:
    """What `act` answers, called by so many threads that begin together."""
    from django.db import connection

    start, answers = threading.Barrier(hands), []

    def run() -> None:
        start.wait()
        try:
            answers.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _n in range(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == hands
    return answers


if __name__ == "__main__":
    sys.exit(main())
