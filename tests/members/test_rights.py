"""What staff do about one member's data when the member calls or writes."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from comms.people.models import Correction, Member
from comms.privacy import choices
from comms.privacy.models import AccessLog, Suppression, Wish
from tests.factories import make_member

WHY = "Ringde 27 november, uppgav personnummer."


@pytest.fixture
def member(union) -> Member:
    return make_member(
        "Åsa", "Lind", placed=[union.branch_a], email="asa.lind@example.com", number="M-4711", mobile="+46701740605"
    )


@pytest.fixture
def sara(union, sign_in):
    return sign_in(union.sara)


@pytest.fixture
def url(member):
    return lambda path="": f"/members/rights/{member.public_id}/{path}"


@pytest.fixture
def refused(member) -> Suppression:
    return Suppression.objects.suppress(member.email, "complained", now=timezone.now())


def done() -> list[tuple[str, str, str]]:
    return list(Wish.objects.order_by("pk").values_list("kind", "state", "why"))


def looks() -> list[tuple[str, str]]:
    return list(AccessLog.objects.order_by("pk").values_list("kind", "reason"))


def grown_old(client) -> None:
    session = client.session
    session["since"] = timezone.now().timestamp() - 20 * 60
    session.save()


def test_a_member_is_found_by_number_and_the_address_holds_none(sara, member, url):
    reply = sara.post("/members/rights/find/", {"number": " M-4711 "})
    assert reply.url == url()
    page = sara.get(url()).content.decode()
    assert "Åsa Lind" in page
    assert "a…@example.com" in page
    assert "asa.lind@example.com" not in page
    assert looks() == [("contact", "rights")]
    unknown = sara.post("/members/rights/find/", {"number": "M-1"}, follow=True)
    assert 'class="notice warning"' in unknown.content.decode()


def test_former_members_keep_their_rights(sara, member, url):
    Member.unscoped.filter(pk=member.pk).update(left_on=timezone.localdate())
    assert sara.get(url()).status_code == 200


def test_a_refusal_is_lifted_for_a_reason_that_is_kept(union, sara, member, url, refused):
    assert [row["one"] for row in sara.get(url()).context["against"]] == [refused]
    said = {"release-channel": "mail", "release-reason": "complained"}
    page = sara.post(url("release/"), {**said, "release-why": "Ringde"})
    assert page.context["against"][0]["failed"]
    assert Suppression.objects.exists()
    sara.post(url("release/"), {**said, "release-why": WHY})
    assert not Suppression.objects.exists()
    made = Wish.objects.get()
    assert (made.kind, made.state, made.closed_by, made.why) == ("release", "done", union.sara, WHY)
    assert looks()[-1] == ("change", "rights")
    again = sara.post(url("release/"), {**said, "release-why": WHY}, follow=True)
    assert 'class="notice warning"' in again.content.decode()
    assert len(done()) == 1


@pytest.mark.parametrize(("ending", "kind"), [("html", "text/html"), ("json", "application/json")])
def test_a_copy_of_everything_is_handed_over_both_ways(sara, member, url, ending, kind):
    reply = sara.post(url("copy/"), {"copy-why": WHY, "copy-ending": ending})
    assert reply["Content-Disposition"] == f'attachment; filename="member-{member.public_id.hex}.{ending}"'
    assert reply["Content-Type"] == f"{kind}; charset=utf-8"
    text = reply.content.decode()
    assert "asa.lind@example.com" in text
    assert looks() == [("export", "rights")]
    assert done() == [("copy", "done", WHY)]
    if ending == "json":
        assert [row["why"] for row in json.loads(text)["parts"]["wishes"]] == [WHY]


def test_what_is_corrected_wins_over_the_register(union, sara, member, url):
    Member.unscoped.filter(pk=member.pk).update(email_problem="å in the wrong place")
    form = sara.get(url("correct/")).context["form"]
    said = {name: form[name].value() for name in form.COLUMNS}
    page = sara.post(url("correct/"), {**said, "why": WHY})
    assert page.context["form"].non_field_errors()  # nothing is changed
    sara.post(url("correct/"), {**said, "last_name": "Berg", "mobile": "", "email": "asa@example.org", "why": WHY})
    member.refresh_from_db()
    assert (member.last_name, member.mobile, member.email, member.email_problem) == ("Berg", "", "asa@example.org", "")
    rows = list(Correction.objects.order_by("field").values_list("field", "value", "by"))
    by = union.sara.pk
    assert rows == [("email", "asa@example.org", by), ("last_name", "Berg", by), ("mobile", "", by)]
    assert done() == [("correct", "done", WHY)]


def test_a_mailbox_that_was_gone_is_written_to_again_when_its_address_is_confirmed(sara, member, url):
    Suppression.objects.suppress("ny@example.org", "bounced", now=timezone.now())
    form = sara.get(url("correct/")).context["form"]
    said = {name: form[name].value() for name in form.COLUMNS}
    sara.post(url("correct/"), {**said, "email": "ny@example.org", "why": WHY})
    assert not Suppression.objects.exists()


def test_a_pause_begins_and_ends_and_closes_what_was_asked_by_the_link(sara, member, url):
    choices.wish(member, "restrict", now=timezone.now())
    for path, prefix, restricted in (("pause/", "pause", True), ("go-on/", "go_on", False)):
        sara.post(url(path), {f"{prefix}-why": WHY})
        member.refresh_from_db()
        assert member.restricted is restricted
    assert done() == [("restrict", "done", ""), ("restrict", "done", WHY), ("lift", "done", WHY)]
    again = sara.post(url("go-on/"), {"go_on-why": WHY}, follow=True)
    assert 'class="notice warning"' in again.content.decode()


def test_taking_out_asks_for_the_number_and_leaves_only_who_did_it_and_when(union, sara, member, url):
    page = sara.post(url("take-out/"), {"take_out-why": WHY, "take_out-number": "M-4712"})
    assert page.context["take_out"].errors.keys() == {"number"}
    sara.post(url("take-out/"), {"take_out-why": WHY, "take_out-number": "M-4711"})
    member.refresh_from_db()
    assert (member.first_name, member.email, member.erased_at is None) == ("", "", False)
    assert done() == [("erase", "done", "")]
    assert Wish.objects.get().closed_by == union.sara
    page = sara.get(url())
    assert "take-out/" not in page.content.decode()


def test_what_was_done_is_told_on_its_own_page_too(sara, member, url, refused):
    sara.post(url("release/"), {"release-channel": "mail", "release-reason": "complained", "release-why": WHY})
    assert WHY in sara.get(f"/members/wishes/{Wish.objects.get().public_id}/").content.decode()


ACTS = ["", "copy/", "correct/", "release/", "pause/", "go-on/", "take-out/"]


@pytest.mark.parametrize("path", ACTS)
def test_it_wants_somebody_who_has_just_signed_in_and_notes_no_look(sara, member, url, path):
    grown_old(sara)
    reply = (sara.get if path == "" else sara.post)(url(path), {"take_out-number": "M-4711"})
    assert reply.templates[0].name == "accounts/sign_in_again.html"
    assert reply.context["go_on"] == url()
    assert (looks(), done()) == ([], [])


@pytest.mark.parametrize("path", [path for path in ACTS if path not in ("", "correct/")])
def test_each_act_wants_a_reason(sara, member, url, refused, path):
    page = sara.post(url(path), {"copy-ending": "html", "release-channel": "mail", "release-reason": "complained"})
    assert page.context["failed"]
    assert done() == []


@pytest.mark.parametrize("path", ["", *ACTS[1:], "find/"])
def test_nobody_else_has_these_pages(union, member, url, sign_in, path):
    address = "/members/rights/find/" if path == "find/" else url(path)
    for person in (union.alice, union.bob, union.dora):
        client = sign_in(person)
        assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)


def test_the_link_stands_on_the_members_page_for_staff_alone(union, sara, member, sign_in, url):
    page = f"/members/{member.public_id}/"
    assert url() in sara.get(page).content.decode()
    assert url() not in sign_in(union.alice).get(page).content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_for_one_and_three(union, sara, member, url, django_assert_num_queries, rows):
    for n in range(rows):
        choices.take_back(member, choices.wish(member, "copy", now=timezone.now()).public_id, now=timezone.now())
        Suppression.objects.suppress(member.email, ["bounced", "complained", "refused"][n], now=timezone.now())
    sara.get(url())
    with django_assert_num_queries(13):
        sara.get(url())
