"""What a member decides by a mailed link: topics by channel, language, and wishes the staff see to."""

from __future__ import annotations

import datetime
import re

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from comms.people.models import Correction, Mandate
from comms.people.scope import Scope
from comms.privacy import access, choices, permission, unsubscribe, wishes
from comms.privacy.models import Channel, Consent, Suppression, Wish
from tests.factories import make_consent, make_mandate, make_member, make_topic


@pytest.fixture
def topics(db):
    return [make_topic(slug, category=slug) for slug in ("statutory", "information", "offer")]


@pytest.fixture
def member(union):
    return make_member("Åsa", "Hemligsson", placed=[union.branch_a], language="en", street="Hemliga gatan 3")


@pytest.fixture
def visitor() -> Client:
    """A browser without cookies, where Django checks forgeries."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def centre(member, topics, settings) -> str:
    return unsubscribe.link(member.public_id, topics[1].pk).removeprefix(settings.BASE_URL) + "choices/"


def boxes(body: str) -> dict[str, bool]:
    """name -> ticked."""
    found = re.findall(r'<input type="checkbox" name="([^"]+)"([^>]*)>', body)
    return {name: "checked" in rest for name, rest in found}


def ticked(*names: str, language: str = "en") -> dict[str, str]:
    return {"language": language, **dict.fromkeys(names, "on")}


def said() -> list[tuple[str, str, bool, str]]:
    rows = Consent.objects.order_by("id")
    return list(rows.values_list("topic__slug", "channel", "granted", "how"))


def test_without_an_answer_mail_brings_all_but_offers(visitor, centre, topics):
    statutory, information, offer = (topic.pk for topic in topics)
    assert boxes(visitor.get(centre).content.decode()) == {
        f"{statutory}-letter": False,  # nothing else about it can be chosen
        f"{information}-mail": True, f"{information}-sms": False, f"{information}-letter": False,
        f"{offer}-mail": False, f"{offer}-sms": False, f"{offer}-letter": False,
    }  # fmt: skip
    assert said() == []


def test_each_change_is_an_answer_of_its_own_and_the_rest_is_not_touched(visitor, centre, topics):
    statutory, information, offer = topics
    wanted = ticked(f"{statutory.pk}-letter", f"{offer.pk}-mail", f"{information.pk}-sms")
    reply = visitor.post(centre, wanted)
    assert reply.status_code == 200
    assert not reply.cookies
    assert sorted(said()) == [
        ("information", "mail", False, "page"),
        ("information", "sms", True, "page"),
        ("offer", "mail", True, "page"),
        ("statutory", "letter", True, "page"),
    ]
    assert {row.basis for row in Consent.objects.all()} == {topic.legal_basis for topic in topics}
    visitor.post(centre, wanted)
    assert len(said()) == 4


def test_undo_says_the_answers_before_again(visitor, centre, topics, member):
    statutory, information, offer = topics
    reply = visitor.post(centre, ticked(f"{offer.pk}-mail", language="nb")).content.decode()
    form = reply[reply.index("choices/undo/") : reply.index("</form>")]
    visitor.post(f"{centre}undo/", dict(re.findall(r'name="([^"]+)" value="([^"]+)"', form)))
    answers = choices.Choices.of(member).answers
    assert {key for key, yes in answers.items() if yes} == {(statutory.pk, "mail"), (information.pk, "mail")}
    assert [how for *_rest, how in said()] == ["page", "page", "undo", "undo"]
    member.refresh_from_db()
    assert member.language == "en"
    assert {channel for _topic, channel in answers} == set(Channel.values)


def test_the_language_is_changed_at_once_and_the_registry_told(visitor, centre, topics, member):
    reply = visitor.post(centre, ticked(f"{topics[1].pk}-mail", language="da"))
    assert '<html lang="da"' in reply.content.decode()
    member.refresh_from_db()
    assert member.language == "da"
    assert Correction.objects.values_list("member", "field", "value").get() == (member.pk, "language", "da")


def test_a_statutory_notice_cannot_be_switched_off_but_comes_as_a_letter(union, visitor, centre, topics, member):
    scope = Scope.of(union.alice, on=timezone.localdate())

    def reason(channel: str = "mail") -> str:
        facts = permission.facts_for([member.pk], topic=topics[0], scope=scope, channel=channel)
        return permission.may_receive(facts[member.pk], on=timezone.localdate()).reason

    make_consent(member, topics[0], granted=False)
    assert reason() == ""
    visitor.post(centre, ticked(f"{topics[0].pk}-letter", f"{topics[0].pk}-mail"))
    assert (reason(), reason("letter")) == ("prefers_letter", "")
    visitor.post(centre, ticked())
    assert reason() == ""


def test_a_mailed_link_shows_no_name_and_no_address(visitor, centre):
    body = visitor.get(centre).content.decode()
    assert not [word for word in ("Åsa", "Hemligsson", "Hemliga gatan", "@example.com") if word in body]


@pytest.mark.parametrize("kind", ["copy", "restrict", "lift", "erase"])
def test_a_wish_waits_for_the_staff_once_and_is_taken_back(visitor, centre, member, kind):
    address = centre.replace("choices/", f"wish/{kind}/")
    for _twice in range(2):
        assert "waits for the staff" in visitor.post(address).content.decode()
    mine = Wish.objects.get()
    assert (mine.member, mine.kind, mine.state) == (member, kind, "open")
    back = centre.replace("choices/", f"wish/{mine.public_id}/back/")
    assert "taken back" in visitor.post(back).content.decode()
    mine.refresh_from_db()
    assert (mine.state, mine.closed_at is None) == ("taken_back", False)
    assert "have seen to it already" in visitor.post(back).content.decode()


def test_another_address_is_checked_and_told(visitor, centre):
    address = centre.replace("choices/", "wish/address/")
    assert "Write at least one of them." in visitor.post(address, {}).content.decode()
    assert "errorlist" in visitor.post(address, {"email": "åsa@@x"}).content.decode()
    assert not Wish.objects.exists()
    visitor.post(address, {"email": "asa@example.org", "city": "Kiruna", "mobile": "070-174 06 05"})
    assert Wish.objects.get().said == {"email": "asa@example.org", "mobile": "+46701740605", "city": "Kiruna"}


def test_somebody_elses_wish_cannot_be_taken_back(visitor, centre):
    other = choices.wish(make_member(), "copy", now=timezone.now())
    visitor.post(centre.replace("choices/", f"wish/{other.public_id}/back/"))
    other.refresh_from_db()
    assert other.state == "open"


def test_looking_changes_nothing_and_a_forged_link_opens_nothing(visitor, centre):
    for path in (centre, f"{centre}undo/", centre.replace("choices/", "wish/erase/")):
        for method in (visitor.get, visitor.head, visitor.options):
            method(path)
        broken = path.replace("/u/", "/u/x")
        assert {visitor.get(broken).status_code, visitor.post(broken).status_code} <= {404, 405}
    assert said() == []
    assert not Wish.objects.exists()


def test_the_page_costs_the_same_for_one_topic_and_three(visitor, member, django_assert_num_queries, settings):
    for names in (["information"], ["a", "b", "c"]):
        made = [make_topic(name) for name in names]
        address = unsubscribe.link(member.public_id, made[0].pk).removeprefix(settings.BASE_URL) + "choices/"
        # member and topic of the link; topics, answers, wishes, refusals; looks (nobody: no mandates)
        with django_assert_num_queries(7):
            visitor.get(address)


# --- to be written to again ------------------------------------------------------------------------------------------
def against(member, reason: str) -> None:
    Suppression.objects.suppress(member.email, reason, now=timezone.now())


@pytest.mark.parametrize("reason", ["complained", "refused"])
def test_what_the_member_has_refused_they_lift_themselves_and_may_undo_it(visitor, centre, member, reason):
    against(member, reason)
    lift = centre.replace("choices/", "write-again/")
    assert lift in visitor.get(centre).content.decode()
    page = visitor.post(lift, {"channel": "mail", "reason": reason}).content.decode()
    assert not Suppression.objects.exists()
    back = re.search(r'action="(/u/[^"]+/back/)"', page)[1]
    assert "taken back" in visitor.post(back).content.decode()
    assert Suppression.objects.get().reason == reason
    visitor.post(back)
    assert Wish.objects.values_list("kind", "state").get() == ("release", "taken_back")


def test_a_mailbox_that_is_gone_is_not_lifted_by_the_link(visitor, centre, member):
    against(member, "bounced")
    page = visitor.get(centre).content.decode()
    assert "have come back to us" in page
    lift = centre.replace("choices/", "write-again/")
    assert lift not in page
    visitor.post(lift, {"channel": "mail", "reason": "bounced"})
    assert Suppression.objects.exists()
    assert visitor.post(lift, {"channel": "pigeon", "reason": "refused"}).status_code == 404


def test_but_a_member_who_names_the_address_is_written_to_there(union, member):
    against(member, "bounced")
    mine = choices.wish(member, "address", said={"email": member.email}, now=timezone.now())
    wishes.carry_out(mine, by=union.sara, now=timezone.now())
    assert not Suppression.objects.exists()


def test_after_a_day_or_by_staff_it_is_not_undone_by_the_link(union, visitor, centre, member):
    said = {"channel": "mail", "reason": "complained"}
    against(member, "complained")
    mine = wishes.write_again(member, **said, now=timezone.now())
    Wish.objects.filter(pk=mine.pk).update(closed_at=timezone.now() - datetime.timedelta(days=2))
    against(member, "complained")
    wishes.act(member, "release", said=said, by=union.sara, why="Ringde i dag.", now=timezone.now())
    for wish in Wish.objects.all():
        visitor.post(centre.replace("choices/", f"wish/{wish.public_id}/back/"))
    assert not Suppression.objects.exists()


# --- who has looked ---------------------------------------------------------------------------------------------------
def test_who_has_looked_is_shown_by_month_and_role_without_anybodys_name(union, visitor, centre, member):
    now = timezone.now()
    gone = make_mandate(union.bob, union.branch_b)
    for user, mandate, kind, ago in [
        (union.alice, union.mandate(union.alice), "list", 0),
        (union.charlie, union.mandate(union.charlie), "list", 0),
        (union.sara, union.mandate(union.sara), "export", 40),
        (union.bob, gone, "contact", 80),
        (union.alice, union.mandate(union.alice), "search", 370),
    ]:
        at = now - datetime.timedelta(days=ago)
        access.note(user=user, mandate=mandate, kind=kind, members=[member.pk], now=at)
    access.note(user=union.alice, mandate=union.mandate(union.alice), kind="search", members=[member.pk + 1], now=now)
    Mandate.objects.filter(pk=gone.pk).delete()
    body = visitor.get(centre).content.decode()
    looks = body[body.index("Who has looked") :]
    found = re.findall(r"<b>([^<]*)</b><br>([^<]*)</span> <span[^>]*>([^<,]*),", looks)
    assert found == [
        ("Representative", "looked at a list", "2 times"),
        ("Staff", "took out a list", "once"),
        ("Somebody whose mandate is gone", "asked for contact details", "once"),
    ]
    named = ("Alice", "Charlie", "Sara", "Bob", "Avdelning", "Region")
    assert [name for name in named if name in body] == []


def test_one_look_costs_as_much_as_three(union, visitor, centre, member, django_assert_num_queries):
    for _n in range(3):
        mandate = union.mandate(union.alice)
        access.note(user=union.alice, mandate=mandate, kind="list", members=[member.pk], now=timezone.now())
        with django_assert_num_queries(8):
            visitor.get(centre)


@pytest.mark.postgres
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="the index is PostgreSQL's")
def test_among_very_many_looks_those_at_a_member_are_found_by_an_index(member):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        assert "access_log_members" in access.at(member.pk).order_by().explain()
