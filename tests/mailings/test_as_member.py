"""Looking at the mail as one of its recipients: the bytes that leave, and no address that names anybody (gate P10)."""

from __future__ import annotations

import email
import email.policy
import re

import pytest
from django.conf import settings
from django.utils import timezone

from comms.privacy.models import AccessLog, Consent
from mailings import by_clock, stepping
from mailings.models import Mailing, Recipient
from templates_lib.render.shown import on_page
from tests.factories import make_member
from tests.mailings.design import make_draft, translate
from tests.mailings.post import send_everything
from tests.mailings.test_compose_pages import approve, text, url


@pytest.fixture
def alice(union, sign_in):
    return sign_in(union.alice)


@pytest.fixture
def mandate(union):
    return union.mandate(union.alice)


@pytest.fixture
def people(union):
    """By name: Ek, Lind without a first name, Öst with a long one who reads Norwegian."""
    here = {"placed": [union.branch_a]}
    return [
        make_member("Per", "Ek", **here),
        make_member("", "Lind", **here),
        make_member("Maria Alexandra", "Öst-Sjögren", language="nb", **here),
    ]


def page_of(client, draft, member):
    return client.get(url("as_member", draft, member.public_id))


def test_one_steps_through_them_by_name(alice, mandate, people):
    draft = make_draft(mandate)
    ek, lind, ost = people
    assert alice.get(url("as_first", draft)).url == url("as_member", draft, ek.public_id)
    seen = [(page.context["before"], page.context["after"]) for page in (page_of(alice, draft, one) for one in people)]
    assert seen == [(None, lind.public_id), (ek.public_id, ost.public_id), (lind.public_id, None)]


def test_same_names_are_stepped_through_one_by_one(union, alice, mandate):
    twins = [make_member("Eva", "Ek", placed=[union.branch_a]) for _ in range(3)]
    draft, seen = make_draft(mandate), []
    at = stepping.first(draft, "", now=timezone.now())
    while at:
        seen.append(at)
        member = stepping.reader(draft, at, now=timezone.now())
        _before, at = stepping.neighbours(draft, member, now=timezone.now())
    assert seen == [twin.public_id for twin in twins]


def test_the_ones_worth_a_look_are_a_tap_away(alice, mandate, people):
    draft = make_draft(mandate)
    for who, member in (("longest", people[2]), ("nameless", people[1]), ("nb", people[2]), ("da", people[0])):
        led = alice.get(url("as_first", draft), {"who": who})
        assert led.url == url("as_member", draft, member.public_id), who
    page = page_of(alice, draft, people[0])
    assert (page.context["nameless"], [code for code, _name in page.context["languages"]]) == (True, ["nb"])


def test_it_is_in_their_language_and_with_their_name(alice, mandate, people):
    draft = translate(make_draft(mandate), "nb")
    got = page_of(alice, draft, people[2]).context["got"]
    assert got.subject.startswith("nb: ")
    assert "Maria Alexandra" in got.html
    assert people[2].email in got.to
    nameless = page_of(alice, draft, people[1]).context["got"]
    assert "Hej!" in nameless.text
    assert "Hej !" not in nameless.text


def inert(body: str) -> str:
    """The personal links as the preview shows them."""
    return re.sub(rf"{re.escape(settings.BASE_URL)}/[um]/[\w.=:-]+/?", "#", body)


def test_what_is_shown_is_what_is_sent(alice, mandate, people, settings):
    draft = translate(make_draft(mandate), "nb")
    shown = {one.pk: stepping.got(draft, one, now=timezone.now()) for one in people}
    framed = {one.pk: alice.get(url("as_frame", draft, one.public_id)).content.decode() for one in people}
    approve(alice, draft)
    Mailing.unscoped.filter(pk=draft.pk).update(due_at=timezone.now())
    by_clock.start_due(now=timezone.now())
    send_everything()
    rows = {row.public_id.hex: row.member_id for row in Recipient.unscoped.for_mailing(draft)}
    mails = list((settings.MAIL_DIR / draft.public_id.hex).glob("*.eml"))
    assert len(mails) == 3
    for path in mails:
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        seen = shown[rows[path.stem]]
        assert (seen.sender, seen.to, seen.subject) == (str(mail["From"]), str(mail["To"]), str(mail["Subject"]))
        html = mail.get_body(("html",)).get_content()
        assert html != inert(html)  # the real one has real links
        assert seen.html == inert(html)
        assert framed[rows[path.stem]] == on_page(seen.html).html
        assert seen.text == inert(mail.get_body(("plain",)).get_content())


def test_the_first_few_are_the_same_however_many_there_are(mandate, people, monkeypatch):
    draft, now = make_draft(mandate), timezone.now()
    few = stepping.some(draft, 2, reach=3, now=now)
    assert few == list(stepping.readers(draft, now=now)[:2])
    monkeypatch.setattr(stepping, "SORTED", 2)
    assert stepping.some(draft, 2, reach=3, now=now) == few


def test_looking_can_refuse_nothing_in_their_name(alice, mandate, people):
    draft = make_draft(mandate)
    page = page_of(alice, draft, people[0])
    assert not re.search(r"/[um]/[\w.=:-]{20,}", page.context["html"] + page.context["got"].text)
    assert not Consent.objects.exists()


def test_each_look_is_in_the_access_log_and_a_look_at_nobody_is_not(union, alice, mandate, people):
    draft = make_draft(mandate)
    alice.get(url("as_first", draft))
    alice.get(url("as_member", draft, make_member("Bea", placed=[union.branch_b]).public_id))
    assert not AccessLog.objects.exists()
    page_of(alice, draft, people[0])
    alice.get(url("as_frame", draft, people[1].public_id))
    seen = AccessLog.objects.order_by("n").values_list("user", "mandate", "members")
    assert list(seen) == [(union.alice.pk, mandate.pk, [one.pk]) for one in people[:2]]


def test_the_frame_runs_no_script(alice, mandate, people):
    frame = alice.get(url("as_frame", make_draft(mandate), people[0].public_id))
    assert "sandbox allow-same-origin" in frame.headers["Content-Security-Policy"]
    assert "script-src" not in frame.headers["Content-Security-Policy"]


def test_only_those_who_get_it_are_there(union, alice, mandate, people):
    draft = make_draft(mandate, audience={"languages": ["sv"]})
    foreign = make_member("Bea", placed=[union.branch_b])
    unreached = make_member("Ida", placed=[union.branch_a], email="")
    for member in (foreign, unreached, people[2]):
        for name in ("as_member", "as_frame"):
            assert alice.get(url(name, draft, member.public_id)).status_code == 404, (name, member.first_name)


def test_without_anybody_it_says_so(alice, mandate):
    page = alice.get(url("as_first", make_draft(mandate)))
    assert page.status_code == 200
    assert page.templates[0].name == "mailings/as_nobody.html"


def test_the_addresses_name_nobody(alice, mandate, people):
    draft = make_draft(mandate)
    addresses = re.findall(r'(?:href|src)="([^"]*preview/as/[^"]*)"', page_of(alice, draft, people[1]).content.decode())
    assert len(addresses) > 5
    for address in addresses:
        assert not any(part in address for member in people for part in (member.last_name, member.number, member.email))


@pytest.mark.parametrize("rows", [1, 3])
def test_it_costs_the_same_for_one_and_three(rows, union, alice, mandate, django_assert_num_queries):
    members = [make_member(placed=[union.branch_a]) for _ in range(rows)]
    draft = make_draft(mandate)
    page_of(alice, draft, members[0])
    with django_assert_num_queries(27):
        page_of(alice, draft, members[0])


def test_the_preview_page_leads_here(alice, mandate, people):
    draft = make_draft(mandate)
    assert url("as_first", draft) in alice.get(url("preview", draft)).content.decode()
    assert people[0].last_name in text(page_of(alice, draft, people[0]))
