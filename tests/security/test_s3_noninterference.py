"""Threat S3: what another branch has changes nothing that a branch is answered: no page, list, count, search or file.

Alice opens every address there is for her. Then branch B gets members, invitations, lists and a library of its own, in
the very words Alice searches for, and she opens them all again: byte by byte the same, but for what differs from one
answer to the next.
"""

from __future__ import annotations

import datetime
import re

import pytest
import time_machine
from django.utils import timezone

from cms.models import ShelfPage, Unfound
from mailings.models import SavedList
from tests import test_every_door as doors
from tests.factories import make_consent, make_mandate, make_member, make_unit, make_user
from tests.library.shelves import article, document, minutes, put
from tests.mailings.design import make_draft
from tests.mailings.post import lock, make_members, make_rendition, send_everything

pytestmark = [pytest.mark.once, pytest.mark.timeout(300)]

kept_things, things = doors.kept_things, doors.things  # fixtures
ROUTES = {**doors.OF_BRANCH_A, **doors.OF_MY_MANDATES, **doors.OF_MYSELF}
del ROUTES["account/second-step/app/"]  # offers a secret nobody has been offered before
AS_WELL = [
    *(f"/library/search/?q={words}" for words in ("årsmöte", "mote", "arsmtöe", "protokoll&kind=minutes", "kamel", "")),
    *(f"/library/suggest/?q={words}" for words in ("år", "prot", "kam")),
    "/library/?below=1", "/library/search/?q=årsmöte&below=on", "/invitations/?q=kallelse", "/invitations/?state=done",
]  # fmt: skip
CHANGING = re.compile(
    r"""nonce="[^"]*" | csrfmiddlewaretoken"\ value="[^"]*" | x-csrftoken":\ "[^"]*" | data-challenge="[^"]*"
    | csp-nonce"\ content="[^"]*" | \?key=[\w-]+ | data:image/[^"]*""",
    re.VERBOSE,
)


def answers(client, addresses: list[str]) -> dict[str, tuple[int, str, bytes]]:
    """address -> status, where it leads, and its body."""
    found = {}
    for address in addresses:
        reply = client.get(address)
        body = b"".join(reply.streaming_content) if reply.streaming else reply.content
        if reply.get("Content-Type", "").startswith("text/html"):
            body = CHANGING.sub("", body.decode()).encode()
        found[address] = reply.status_code, reply.get("Location", ""), body
    return found


def furnish_branch_b(union, things) -> None:
    """As much as branch A has, and more, in the same words."""
    mandate, now = union.mandate(union.charlie), timezone.now()
    for n in range(5):
        member = make_member("Åsa", doors.NAME, placed=[union.branch_b])
        make_consent(member, things.sent.topic, granted=bool(n % 2))
        draft = make_draft(mandate, template=things.draft.template, subject=f"{doors.SECRET} {n}")
        people = make_members(mandate, 2)
        type(draft).unscoped.filter(pk=draft.pk).update(
            state="sending", confirmed_at=now, confirmed_by=union.charlie, locked_count=2
        )
        draft.refresh_from_db()
        make_rendition(draft)
        lock(draft, people, 2, 0.0)
    make_draft(mandate, template=things.draft.template, subject=doors.SECRET)
    send_everything()
    SavedList.objects.create(unit=mandate.unit, role=mandate.role, name="Lista", by=mandate.user)
    shelf = put(ShelfPage(title="Årsmöten och kameler"), under=things.minutes.get_parent(), units=(union.branch_b,))
    for n in range(5):
        minutes(f"{doors.SECRET} årsmöte {n}", under=shelf, units=(union.branch_b,))
        article(f"Hur är det med kameler på årsmötet {n}?", under=shelf, units=(union.branch_b,), body="Protokoll")
    document("Hemligt protokoll")
    Unfound.objects.create(text="kamel", none_found=3, last_on=timezone.localdate())
    club = make_unit("Klubb B", kind="club", under=union.branch_b)
    make_mandate(make_user("Bella"), club)


def test_what_branch_b_has_changes_no_answer_to_branch_a(union, things, sign_in):
    addresses = [address for build in ROUTES.values() for address in build(things)] + AS_WELL
    with time_machine.travel(timezone.now() + datetime.timedelta(seconds=5), tick=False):
        client = sign_in(union.alice)
        answers(client, addresses)  # what the first look leaves behind is there from now on
        before = answers(client, addresses)
        assert sum(status == 200 for status, _to, _body in before.values()) > 60
        furnish_branch_b(union, things)
        after = answers(client, addresses)
    assert [address for address in addresses if before[address] != after[address]] == []
