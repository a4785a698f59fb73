import logging

import pytest
from django.test import Client
from django.utils import timezone

from comms.people.scope import Scope
from comms.privacy import permission, unsubscribe
from comms.privacy.logs import MaskTokens
from comms.privacy.models import Consent
from tests.factories import make_consent, make_member, make_topic

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def topic(db):
    return make_topic()


@pytest.fixture
def member(union):
    return make_member(placed=[union.branch_a], language="en")


@pytest.fixture
def path_of(settings):
    """The path of a mailed link."""
    settings.BASE_URL = "https://mail.example.org"

    def path(member, topic, channel="mail") -> str:
        url = unsubscribe.link(member.public_id, topic.pk, channel)
        assert url.startswith("https://mail.example.org/u/")
        return url.removeprefix("https://mail.example.org")

    return path


@pytest.fixture
def visitor() -> Client:
    """A mail program or a browser without cookies, where Django checks forgeries."""
    return Client(enforce_csrf_checks=True)


def said() -> list[tuple[bool, str]]:
    return list(Consent.objects.order_by("id").values_list("granted", "how"))


def test_the_page_says_what_will_be_switched_off_and_has_one_button(visitor, path_of, member, topic):
    body = visitor.get(path_of(member, topic)).content.decode()
    assert "Stop e-mail about “Meetings”?" in body
    assert body.count("<button") == 1
    assert "notices that the union is obliged to give you still come" in body
    assert said() == []


def test_one_click_needs_no_cookie_and_no_redirect(visitor, path_of, member, topic):
    response = visitor.post(path_of(member, topic), ONE_CLICK)
    assert response.status_code == 200
    assert not response.cookies
    assert said() == [(False, "one-click")]
    assert Consent.objects.get().basis == topic.legal_basis


def test_one_click_may_come_as_multipart_or_urlencoded(visitor, path_of, member, topic):
    body = "List-Unsubscribe=One-Click"
    visitor.post(path_of(member, topic), body, content_type="application/x-www-form-urlencoded")
    assert said() == [(False, "one-click")]


def test_a_hundred_clicks_are_one_objection(visitor, path_of, member, topic):
    for _ in range(100):
        assert visitor.post(path_of(member, topic), ONE_CLICK).status_code == 200
    assert said() == [(False, "one-click")]


def test_the_button_can_be_undone_and_pressed_again(visitor, path_of, member, topic):
    off = visitor.post(path_of(member, topic)).content.decode()
    assert "It is switched off" in off
    assert f'action="{path_of(member, topic)}undo/"' in off
    on = visitor.post(path_of(member, topic) + "undo/").content.decode()
    assert "It is switched on again" in on
    visitor.post(path_of(member, topic))
    assert said() == [(False, "page"), (True, "undo"), (False, "page")]


def test_the_page_of_something_already_off_says_so(visitor, path_of, member, topic):
    visitor.post(path_of(member, topic), ONE_CLICK)
    assert "It is switched off" in visitor.get(path_of(member, topic)).content.decode()


def test_undoing_nothing_writes_nothing(visitor, path_of, member, topic):
    assert visitor.post(path_of(member, topic) + "undo/").status_code == 200
    assert said() == []


def test_undo_is_not_done_by_looking(visitor, path_of, member, topic):
    visitor.post(path_of(member, topic))
    assert visitor.get(path_of(member, topic) + "undo/").status_code == 405
    assert said() == [(False, "page")]


def test_undo_never_makes_a_first_yes_to_offers(visitor, path_of, member):
    offer = make_topic("insurance", category="offer")
    body = visitor.post(path_of(member, offer)).content.decode()
    assert "<button" not in body
    visitor.post(path_of(member, offer) + "undo/")
    assert said() == [(False, "page")]


def test_undo_restores_a_yes_to_offers(visitor, path_of, member):
    offer = make_topic("insurance", category="offer")
    make_consent(member, offer, granted=True)
    visitor.post(path_of(member, offer))
    visitor.post(path_of(member, offer) + "undo/")
    assert [granted for granted, _ in said()] == [True, False, True]


def test_a_statutory_notice_explains_and_has_no_button(visitor, path_of, member):
    summons = make_topic("summons", category="statutory")
    for response in (visitor.get(path_of(member, summons)), visitor.post(path_of(member, summons), ONE_CLICK)):
        body = response.content.decode()
        assert response.status_code == 200
        assert "cannot be switched off" in body
        assert "<button" not in body
    assert said() == []


def test_the_objection_holds_for_this_topic_and_channel_only(union, visitor, path_of, member, topic):
    courses = make_topic("courses")
    visitor.post(path_of(member, topic), ONE_CLICK)
    scope = Scope.of(union.alice, on=timezone.localdate())

    def reason(about, channel="mail"):
        facts = permission.facts_for([member.pk], topic=about, scope=scope, channel=channel)
        return permission.may_receive(facts[member.pk], on=timezone.localdate()).reason

    assert (reason(topic), reason(courses), reason(topic, "sms")) == ("unsubscribed", "", "")


def test_a_restricted_member_and_one_who_left_can_still_say_no(union, visitor, path_of, topic):
    for member in (make_member(restricted=True), make_member(left_on=timezone.localdate())):
        assert visitor.post(path_of(member, topic), ONE_CLICK).status_code == 200
    assert said() == [(False, "one-click")] * 2


@pytest.mark.parametrize("language", ["sv", "nb", "da", "en"])
def test_the_page_is_in_the_members_language(visitor, path_of, topic, language):
    member = make_member(language=language)
    assert f'<html lang="{language}"' in visitor.get(path_of(member, topic)).content.decode()


def test_the_page_names_nobody(visitor, path_of, member, topic):
    body = visitor.get(path_of(member, topic)).content.decode()
    assert not [word for word in (member.first_name, member.last_name, member.email, member.number) if word in body]


@pytest.mark.parametrize("method", ["get", "head", "options", "post"])
def test_nothing_is_kept_indexed_or_told_onwards(visitor, path_of, member, topic, method):
    response = getattr(visitor, method)(path_of(member, topic))
    assert response["Cache-Control"] == "private, no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response["X-Robots-Tag"]
    assert not response.cookies


def test_a_link_costs_no_query(member, topic, django_assert_num_queries):
    with django_assert_num_queries(0):
        unsubscribe.link(member.public_id, topic.pk)


def test_a_wrong_link_in_the_log_shows_no_token(visitor, path_of, member, topic, caplog):
    caplog.handler.addFilter(MaskTokens())
    path = path_of(member, topic)
    visitor.get(path + "undo/")
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert "/u/…/undo/" in logged
    assert path.split("/")[2] not in logged


def test_the_mask_leaves_other_lines_alone():
    record = logging.makeLogRecord({"msg": "sent %d of %d to /invitations/", "args": (3, 4)})
    assert MaskTokens().filter(record)
    assert record.getMessage() == "sent 3 of 4 to /invitations/"


def test_the_console_masks_tokens(settings):
    assert "mask_tokens" in settings.LOGGING["handlers"]["console"]["filters"]
