"""Practice: the whole way from home to the report, to members who do not exist, and nothing leaves."""

from __future__ import annotations

import datetime
import re

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from comms.people.scope import Scope
from comms.privacy.models import AccessLog
from mailings import composing, dispatch, lifecycle, reports
from mailings.drafted import shows_picture
from mailings.models import Batch, BatchState, Mailing, MailingState, Recipient
from mailings.operations import figures, metrics, purging
from mailings.practice import course, people
from tests.factories import make_mandate, make_member, make_topic, make_user
from tests.mailings.design import filled, make_draft, make_template
from tests.mailings.post import lock, send_everything
from tests.mailings.test_compose_pages import approve, text, url

BANNER = "Practice: nobody gets this."
SECOND = datetime.timedelta(seconds=1)
DAY = datetime.timedelta(days=1)


@pytest.fixture
def mandate(union):
    return union.mandate(union.alice)


@pytest.fixture
def alice(union, sign_in):
    client = sign_in(union.alice)
    client.post(reverse("portal:language"), {"language": "en"})
    return client


@pytest.fixture
def real(union):
    """A member whom no page of a practice may show."""
    return make_member("Hemlig", "Hemligsson", placed=[union.branch_a])


def make_practice(mandate, **fields) -> Mailing:
    mailing = make_draft(mandate, **fields)
    Mailing.unscoped.filter(pk=mailing.pk).update(practice=True)
    return Mailing.unscoped.get(pk=mailing.pk)


def pressed(mailing: Mailing, *, ago: int) -> Mailing:
    """“Send” was pressed so many seconds ago."""
    Mailing.unscoped.filter(pk=mailing.pk).update(practised_at=timezone.now() - ago * SECOND)
    return Mailing.unscoped.get(pk=mailing.pk)


def links(page) -> list[str]:
    return re.findall(r'href="([^"]+)"', page.content.decode())


# --- from home to the report ------------------------------------------------------------------------------------------
def test_a_practice_from_home_to_the_report(union, alice, mandate, real, settings):
    template = make_template()
    home = alice.get("/")
    assert "Practise first" in text(home)
    assert reverse("mailings:practice") in links(home)
    gallery = f"{reverse('mailings:new')}?practice=yes"
    assert gallery in links(alice.get(reverse("mailings:practice")))
    assert BANNER in text(alice.get(gallery))
    assert f'action="{reverse("mailings:practice_create")}"' in alice.get(gallery).content.decode()

    begun = {"template": template.pk, "mandate": str(mandate.public_id)}
    written = alice.post(reverse("mailings:practice_create"), begun)
    mailing = Mailing.unscoped.get()
    assert (written.url, mailing.practice, mailing.author) == (url("text", mailing), True, union.alice)
    said = {"subject": "Annual meeting", "values": filled()}
    composing.save(mailing=mailing, version=1, changes=said, by=union.alice, now=timezone.now())

    counted = alice.get(url("recipients", mailing))
    assert "8 invented members" in text(counted)
    assert "no e-mail address" in text(counted)
    narrowed = {"version": 2, "languages": ["en"]}
    assert alice.post(url("narrow", mailing), narrowed).status_code == 302
    assert "Only some languages: English" in text(alice.get(url("recipients", mailing)))
    alice.post(url("everybody", mailing))

    assert "Send to 6 members" in text(alice.get(url("check", mailing)))
    alice.post(url("test", mailing), {"version": 4})
    assert "In practice no test is sent" in text(alice.get(url("check", mailing)))

    assert approve(alice, mailing).url == url("sent", mailing)
    held = alice.get(url("sent", mailing))
    assert "until it is sent to 6 members" in text(held)
    assert alice.post(url("undo", mailing)).url == url("check", mailing)
    assert approve(alice, mailing).url == url("sent", mailing)

    pressed(mailing, ago=settings.MAILING_HOLD_SECONDS + 5)
    assert "2 of 6" in text(alice.get(url("sent", mailing)))
    pressed(mailing, ago=settings.MAILING_HOLD_SECONDS + 12)
    over = text(alice.get(url("sent", mailing)))
    assert "That was the whole way" in over
    assert "6 of 6" in over
    assert "The mailbox does not exist." in over

    assert alice.post(url("practice_delete", mailing)).url == "/"
    assert not Mailing.unscoped.exists()
    assert not Recipient.unscoped.exists()
    assert not Batch.objects.exists()
    assert not settings.MAIL_DIR.exists()


PAGES = [
    ("text", ()), ("versions", ()), ("preview", ()), ("preview", ("text",)), ("recipients", ()), ("people", ("mail",)),
    ("people", ("no_address",)), ("check", ()), ("as_member", (people.EVERYBODY[3].public_id,)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "more"), PAGES)
def test_every_step_says_that_nobody_gets_it_and_shows_no_real_member(name, more, alice, mandate, real):
    page = alice.get(url(name, make_practice(mandate), *more))
    assert page.status_code == 200
    assert BANNER in text(page)
    assert "Hemligsson" not in page.content.decode()
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize("seconds", [0, 63, 90])
def test_so_does_the_report_in_every_state(seconds, alice, mandate):
    mailing = pressed(make_practice(mandate), ago=seconds)
    assert BANNER in text(alice.get(url("sent", mailing)))


def test_an_ordinary_invitation_says_nothing_of_practice(alice, mandate):
    assert BANNER not in text(alice.get(url("text", make_draft(mandate))))


def test_the_pages_of_a_practice_lead_to_no_closed_door(alice, mandate):
    drafted, over = make_practice(mandate), pressed(make_practice(mandate), ago=90)
    pages = [url(name, drafted, *more) for name, more in PAGES] + [url("sent", over)]
    found = {link for page in pages for link in links(alice.get(page)) if link.startswith("/invitations/")}
    closed = [link for link in found if alice.get(link.partition("#")[0]).status_code == 404]
    assert closed == []


# --- what is invented -------------------------------------------------------------------------------------------------
def test_one_of_each_kind_a_sender_meets(mandate):
    mailing = make_practice(mandate)
    every = list(people.everybody(mailing))
    assert {one.language for one in every} == {"sv", "en"}
    assert [one.last_name for one in every if not one.first_name] == ["Lind"]
    assert [one.skipped for one in every if one.skipped] == ["no_address", "unsubscribed"]
    assert {one.email.rpartition("@")[2] for one in every} == {"", "example.org"}
    assert composing.reach(mailing, now=timezone.now()) == people.ledger(mailing)
    assert people.ledger(mailing).total == len(people.EVERYBODY)


def test_nobody_says_no_to_a_statutory_notice(mandate):
    mailing = make_practice(mandate, template=make_template(topic=make_topic("law", category="statutory")))
    assert people.ledger(mailing).skipped == [("no_address", 1)]


def test_the_mail_is_looked_at_as_each_of_them_gets_it(alice, mandate):
    mailing = make_practice(mandate)
    longest = alice.get(url("as_first", mailing), {"who": "longest"})
    assert longest.url == url("as_member", mailing, people.EVERYBODY[1].public_id)
    page = alice.get(longest.url)
    assert "von Falkenberg-Lagerstedt" in text(page)
    assert (
        "Hej Alexandra-Margareta!"
        in alice.get(url("as_frame", mailing, people.EVERYBODY[1].public_id)).content.decode()
    )
    assert alice.get(url("as_member", mailing, people.EVERYBODY[6].public_id)).status_code == 404


def test_one_by_one_to_both_ends(mandate):
    mailing = make_practice(mandate)
    every = people.reached(mailing)
    assert people.neighbours(mailing, every[0]) == (None, every[1].public_id)
    assert people.neighbours(mailing, every[-1]) == (every[-2].public_id, None)


# --- by the clock -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("seconds", "state", "waiting"),
    [(0, "hold", 6), (59, "hold", 6), (60, "sending", 6), (63, "sending", 5), (71, "sending", 1), (72, "done", 0)],
)
def test_it_fills_one_by_one_after_the_undo_time(mandate, settings, seconds, state, waiting):
    settings.MAILING_HOLD_SECONDS = 60
    mailing, now = make_practice(mandate), timezone.now()
    mailing.practised_at = now - seconds * SECOND
    found = course.course(mailing, now=now)
    counts = [line.state for line in found.lines]
    assert (found.state, counts.count("queued"), len(counts)) == (state, waiting, 8)


def test_after_the_undo_time_it_is_too_late(alice, mandate):
    mailing = pressed(make_practice(mandate), ago=90)
    assert alice.post(url("undo", mailing)).url == url("sent", mailing)
    assert Mailing.unscoped.get().practised_at is not None


def test_what_was_sent_is_locked_and_pressing_twice_changes_nothing(alice, mandate):
    mailing = make_practice(mandate)
    approve(alice, mailing)
    first = Mailing.unscoped.get().practised_at
    assert alice.post(url("confirm", mailing), {"version": mailing.version, "count": 6}).url == url("sent", mailing)
    assert alice.post(url("save", mailing), {"version": 3, "subject": "Nytt"}).url == url("sent", mailing)
    assert alice.get(url("text", mailing)).url == url("sent", mailing)
    assert (Mailing.unscoped.get().practised_at, Mailing.unscoped.get().subject) == (first, mailing.subject)


def test_what_would_stop_a_real_one_stops_this_one(alice, mandate):
    mailing = make_practice(mandate, subject="")
    assert approve(alice, mailing).url == url("check", mailing)
    assert Mailing.unscoped.get().practised_at is None


# --- nothing leaves ---------------------------------------------------------------------------------------------------
def test_with_a_mail_server_no_connection_is_made(alice, mandate, real, sink_for):
    sink, mailing = sink_for(), make_practice(mandate)
    alice.post(url("test", mailing), {"version": mailing.version})
    approve(alice, mailing)
    pressed(mailing, ago=3600)
    dispatch.recover(now=timezone.now())
    send_everything()
    call_command("purge")
    assert sink.server.connections == 0
    assert Mailing.unscoped.get().state == MailingState.DRAFT


def test_not_even_with_a_list_forged_in_the_database(mandate, real, sink_for):
    """Batches that are ready, recipients that wait: the worker takes them, finds a practice, and sends nothing."""
    sink, mailing = sink_for(), make_draft(mandate)
    lock(mailing, [real], 10)
    Batch.objects.update(state=BatchState.READY)
    Mailing.unscoped.filter(pk=mailing.pk).update(practice=True, locked_count=0)
    send_everything()
    dispatch.recover(now=timezone.now())
    assert sink.server.connections == 0
    assert set(Recipient.unscoped.values_list("state", flat=True)) == {"queued"}


@pytest.mark.parametrize("forged", [{"state": "sending"}, {"state": "done"}, {"locked_count": 1}])
def test_the_database_keeps_it_a_draft(mandate, forged):
    make_practice(mandate)
    with pytest.raises(IntegrityError), transaction.atomic():
        Mailing.unscoped.update(**forged)


def test_a_real_mailing_becomes_no_practice_once_it_is_confirmed(mandate):
    make_draft(mandate)
    Mailing.unscoped.update(confirmed_at=timezone.now(), confirmed_by=mandate.user, state="hold", due_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Mailing.unscoped.update(practice=True)


def test_the_post_office_has_no_course_and_no_test_for_it(union, mandate):
    mailing, scope = make_practice(mandate), Scope.of(union.alice, on=timezone.localdate())
    with pytest.raises(lifecycle.NotNow):
        lifecycle.confirm(mailing=mailing, by=union.alice, scope=scope, now=timezone.now())
    with pytest.raises(ValueError, match="practice"):
        dispatch.send_test(mailing=mailing, user=union.alice)
    assert not composing.scope_of(mailing, now=timezone.now())


CLOSED = [
    ("pause", ()), ("resume", ()), ("cancel", ()), ("returned", ()), ("correct", ()), ("again", ()),
    ("again_create", ()), ("letters", ()), ("letters_order", ()), ("call", ()), ("list_keep", ()), ("pdf", ()),
    ("print", ("poster-a4",)), ("read", ()), ("read_frame", ()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "more"), CLOSED)
def test_the_other_doors_of_an_invitation_are_closed(name, more, alice, mandate):
    mailing = pressed(make_practice(mandate), ago=90)
    for method in (alice.get, alice.post):
        assert method(url(name, mailing, *more)).status_code == 404


# --- and it is counted nowhere ----------------------------------------------------------------------------------------
def test_it_is_in_no_list_and_no_figure(union, alice, mandate):
    now = timezone.now()
    mailing = pressed(make_practice(mandate, subject="Hemlig övning"), ago=90)
    for page in ("/", reverse("mailings:list"), url("recipients", make_draft(mandate, subject="Riktig"))):
        assert "Hemlig övning" not in text(alice.get(page))
    gauge = next(one for one in metrics.Office(now).collect() if one.name.endswith("mailings"))
    assert {sample.labels["state"]: sample.value for sample in gauge.samples} == {"draft": 1}
    assert figures.running(now=now) == []
    assert reports.disagreements() == {}
    scope = Scope.of(union.alice, on=timezone.localdate())
    assert mailing not in Mailing.objects.within(scope)
    assert list(Mailing.objects.within(scope, practice=True)) == [mailing]


def test_only_the_person_who_practises_sees_it(union, mandate, sign_in):
    mailing = make_practice(mandate)
    deputy = make_mandate(make_user("Disa"), union.branch_a, role="deputy").user
    for user in (deputy, union.bob, union.charlie, union.sara):
        client = sign_in(user)
        assert client.get(url("text", mailing)).status_code == 404
        assert client.post(url("practice_delete", mailing)).status_code == 404
        assert client.get(reverse("mailings:practice")).context["rows"].count() == 0
    assert Mailing.unscoped.exists()


def test_its_pictures_are_shown_while_one_writes(union, mandate):
    make_practice(mandate, values={**filled(), "x": {"sha256": "f" * 64}})
    assert shows_picture(Scope.of(union.alice, on=timezone.localdate()), "f" * 64)
    assert not shows_picture(Scope.of(union.charlie, on=timezone.localdate()), "f" * 64)


def test_no_real_invitation_is_deleted_by_this_door(alice, mandate):
    assert alice.post(url("practice_delete", make_draft(mandate))).status_code == 404
    assert Mailing.unscoped.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_practice_costs_the_same_for_one_and_three(rows, alice, mandate, django_assert_num_queries):
    template = make_template()
    for _n in range(rows):
        make_practice(mandate, template=template)
    with django_assert_num_queries(5):
        assert len(alice.get(reverse("mailings:practice")).context["rows"]) == rows


def test_it_goes_by_itself_after_two_weeks(mandate):
    old, young, real = make_practice(mandate), make_practice(mandate), make_draft(mandate)
    Mailing.unscoped.filter(pk__in=[old.pk, real.pk]).update(changed_at=timezone.now() - 15 * DAY)
    removed, _done = purging.purge(now=timezone.now())
    assert removed["practice"] >= 1
    assert set(Mailing.unscoped.all()) == {young, real}


# --- who is offered it ------------------------------------------------------------------------------------------------
def test_home_offers_it_until_something_has_been_sent(union, alice, mandate):
    assert alice.get("/").context["beginner"]
    make_draft(mandate)
    Mailing.unscoped.update(confirmed_at=timezone.now(), confirmed_by=union.alice, state="hold", due_at=timezone.now())
    assert not alice.get("/").context["beginner"]
    assert reverse("mailings:practice") in links(alice.get(reverse("portal:help")))


def test_who_may_not_send_is_told_so(union, sign_in):
    safety = sign_in(make_mandate(make_user("Siv", language="en"), union.branch_a, role="safety").user)
    assert not safety.get("/").context["beginner"]
    page = safety.get(reverse("mailings:practice"))
    assert not page.context["may_send"]
    begun = {"template": make_template().pk, "mandate": str(union.mandate(union.alice).public_id)}
    assert safety.post(reverse("mailings:practice_create"), begun).status_code == 404
