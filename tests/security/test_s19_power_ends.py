"""S19: power ends with the mandate, at the next click and in the middle of a mailing."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from comms.people.models import Mandate, User
from mailings import dispatch
from tests.accounts.steps import set_up_app, sign_in_by_mail
from tests.factories import day, make_mandate, make_user
from tests.mailings.post import make_mailing, send_everything, states


def revoke(user: User) -> None:
    """It ended yesterday."""
    Mandate.objects.filter(user=user).update(end=day(-1))


def test_staff_doors_close_at_the_next_click_after_the_mandate(union):
    union.sara.groups.add(Group.objects.get(name="Template editors"))
    sara = Client()
    sign_in_by_mail(sara, union.sara.email)
    set_up_app(sara)
    doors = ("/staff/", "/staff/users/", "/admin/", "/admin/snippets/templates_lib/invitationtemplate/")
    assert [sara.get(door).status_code for door in doors] == [200] * 4
    revoke(union.sara)
    assert [sara.get(door).status_code for door in doors] == [404] * 4
    assert sara.get("/account/").status_code == 200


def test_a_representative_reaches_nothing_at_the_next_click_after_the_mandate(union, sign_in):
    alice = sign_in(union.alice)
    assert alice.get("/invitations/").status_code == 200
    union.mandate(union.alice).delete()
    assert alice.get("/invitations/").status_code == 404


def test_an_ended_account_is_out_everywhere_at_the_next_click_and_stays_out(union, sign_in):
    browsers = [sign_in(union.alice) for _ in range(2)]
    sign_in(union.sara).post(f"/staff/users/{union.alice.pk}/end/")
    assert [browser.get("/account/").status_code for browser in browsers] == [302, 302]
    User.objects.filter(pk=union.alice.pk).update(is_active=True)
    assert [browser.get("/account/").status_code for browser in browsers] == [302, 302]


def test_a_mailing_under_way_stops_with_the_mandate_and_waits_for_staff(union, sign_in):
    """What was sent stays sent; the rest goes when the mandate lives again, to nobody twice."""
    mailing = make_mailing(union.mandate(union.alice), to=6, batch_size=2)
    dispatch.send_for(seconds=0)  # one batch
    assert states(mailing) == {"sent": 2, "queued": 4}
    revoke(union.alice)
    send_everything()
    mailing.refresh_from_db()
    assert (mailing.state, mailing.pause_reason) == ("paused", "mandate_ended")
    assert states(mailing) == {"sent": 2, "queued": 4}
    successor = make_user("Eva", language="sv")
    make_mandate(successor, union.branch_a)
    report = f"/invitations/{mailing.public_id}/"
    assert [sign_in(person).get(report).status_code for person in (union.alice, successor)] == [404, 200]
    sign_in(successor).post(f"{report}resume/")
    send_everything()
    assert states(mailing) == {"sent": 2, "queued": 4}  # a successor's mandate is not the one it was confirmed under
    Mandate.objects.filter(user=union.alice).update(end=None)  # staff prolong it
    sign_in(successor).post(f"{report}resume/")
    send_everything()
    assert states(mailing) == {"sent": 6}


def test_a_mailing_that_is_due_after_the_end_does_not_begin(union):
    mailing = make_mailing(union.mandate(union.alice), to=2, state="hold")
    revoke(union.alice)
    dispatch.recover(now=timezone.now() + datetime.timedelta(minutes=5))
    send_everything()
    mailing.refresh_from_db()
    assert (mailing.state, mailing.pause_reason, states(mailing)) == ("paused", "mandate_ended", {"queued": 2})
