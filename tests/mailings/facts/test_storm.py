"""A storm of events from several sides at once: none lost, none counted twice (fault R13)."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from mailings.facts import handling
from mailings.models import Batch, BounceTask, DeliveryEvent, RawFact
from tests.mailings.facts import providers
from tests.mailings.facts.providers import ALL, NO_SUCH_USER
from tests.mailings.facts.rows import doubts, raw, sent, settle
from tests.mailings.post import states

EACH = 40  # recipients per kind
KINDS = {"delivered": EACH, "bounced": EACH, "complained": EACH}


def storm(rows) -> list[providers.Post]:
    """A delivery for everybody, then what else became of some; a third of it told twice; in no order at all."""
    dice, names = random.Random(4), ["mailgun", "mailersend", "postmark"]
    posts = [ALL[dice.choice(names)](row.public_id, "delivered") for row in rows]
    posts += [ALL["mailgun"](row.public_id, "bounced", reply=NO_SUCH_USER, to=row.address) for row in rows[EACH:]]
    posts += [ALL[dice.choice(names)](row.public_id, "complained") for row in rows[2 * EACH :]]
    posts += dice.sample(posts, len(posts) // 3)
    dice.shuffle(posts)
    return posts


def at_once(*work: Callable[[], None]) -> None:
    """In threads of their own, each with its connection; one after the other where the database is one file."""
    failed: list[BaseException] = []

    def run(one: Callable[[], None]) -> None:
        try:
            one()
        except BaseException as error:  # told to the test below
            failed.append(error)
        finally:
            connection.close()

    if connection.vendor != "postgresql":
        for one in work:
            one()
        return
    threads = [threading.Thread(target=run, args=[one]) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_storm_from_all_sides_loses_nothing(union, monkeypatch):
    monkeypatch.setattr(handling, "AT_ONCE", 20)
    mailing, rows = sent(union, to=3 * EACH, batch_size=50)
    posts, answers = storm(rows), []
    done = threading.Event()

    def post(some: list[providers.Post]) -> None:
        client = Client()
        answers.extend(post.by(client).status_code for post in some)

    def handle() -> None:
        while not done.is_set() or handling.handle(now=timezone.now()):
            handling.handle(now=timezone.now())
            if connection.vendor != "postgresql":
                return

    def all_posts() -> None:
        at_once(*(lambda n=n: post(posts[n::4]) for n in range(4)))
        done.set()

    at_once(all_posts, handle, handle)
    settle()
    assert answers == [200] * len(posts)
    assert states(mailing) == KINDS
    told = 3 * EACH + 2 * EACH + EACH
    assert (RawFact.objects.count(), DeliveryEvent.objects.count(), raw()) == (told, told, {"handled": told})
    assert EACH <= doubts() <= 2 * EACH  # who complained may have been told as back before, or not
    assert BounceTask.objects.get().count == doubts()
    assert sum(Batch.objects.filter(mailing=mailing).values_list("sent", flat=True)) == EACH
    assert sum(Batch.objects.filter(mailing=mailing).values_list("bounced", flat=True)) == EACH
