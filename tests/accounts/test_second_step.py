"""Staff set up a second step before anything opens; who has one is asked for it; nobody else changes it."""

from __future__ import annotations

import datetime

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from comms.accounts import second_step
from comms.people.models import User
from tests.accounts.steps import app_code, set_up_app, sign_in_by_mail
from tests.factories import make_user

STEP = "/accounts/login/second-step/"
FIRST = "/account/second-step/"


def enter(user: User) -> Client:
    """A browser after the first step of that person."""
    client = Client()
    sign_in_by_mail(client, user.email)
    return client


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_nothing_opens_for_staff_before_they_have_a_second_step(union):
    sara = enter(union.sara)
    for path in ("/", "/staff/", "/staff/users/", "/account/", "/invitations/", "/media/original_images/x.jpg"):
        assert sara.get(path)["Location"] == FIRST, path
    assert sara.post("/staff/users/new/", {"email": "x@example.org"})["Location"] == FIRST
    assert not User.objects.filter(email="x@example.org").exists()
    assert sara.get(FIRST).status_code == 200
    assert sara.post("/accounts/logout/").status_code == 302


def test_the_app_opens_everything_and_gives_ten_recovery_codes_once(union):
    sara = enter(union.sara)
    _secret, page = set_up_app(sara)
    assert len(set(page.context["codes"])) == 10
    assert sara.get("/staff/").status_code == 200
    assert not any(code in sara.get(FIRST).content.decode() for code in page.context["codes"])


def test_a_superuser_without_a_mandate_needs_one_too(db):
    boss = User.objects.create_superuser("boss@example.org")
    assert enter(boss).get("/admin/")["Location"] == FIRST


def test_representatives_need_none(union):
    assert enter(union.alice).get("/").status_code == 200


def test_it_can_be_switched_off(union, settings):
    settings.STAFF_MFA_REQUIRED = False
    assert enter(union.sara).get("/staff/").status_code == 200


def test_somebody_made_staff_in_the_middle_is_led_to_it(union):
    alice = enter(union.alice)
    assert alice.get("/").status_code == 200
    union.alice.mandates.create(unit=union.root, role="staff", start=datetime.date(2020, 1, 1))
    assert alice.get("/")["Location"] == FIRST


def test_the_next_sign_in_asks_for_the_code_of_the_app(union):
    secret, _page = set_up_app(enter(union.sara))
    client = enter(union.sara)
    assert who(client) is None
    assert client.get(STEP).status_code == 200
    assert client.post(STEP, {"code": "000000"}).status_code == 200
    assert who(client) is None
    code = app_code(secret, steps_ahead=1)
    client.post(STEP, {"code": f"{code[:3]} {code[3:]}"})
    assert client.get("/staff/").status_code == 200


def test_a_code_of_the_app_works_once(union):
    secret, _page = set_up_app(enter(union.sara))
    code = app_code(secret, steps_ahead=1)
    first, second = enter(union.sara), enter(union.sara)
    first.post(STEP, {"code": code})
    second.post(STEP, {"code": code})
    assert (who(first), who(second)) == (str(union.sara.pk), None)


def test_a_recovery_code_works_once(union):
    _secret, page = set_up_app(enter(union.sara))
    code = page.context["codes"][3]
    first, second = enter(union.sara), enter(union.sara)
    first.post(STEP, {"code": code})
    second.post(STEP, {"code": code})
    assert (who(first), who(second)) == (str(union.sara.pk), None)


def test_new_recovery_codes_end_the_old_ones(union):
    sara = enter(union.sara)
    _secret, page = set_up_app(sara)
    new = sara.post("/account/second-step/codes/").context["codes"]
    assert set(new) & set(page.context["codes"]) == set()
    client = enter(union.sara)
    client.post(STEP, {"code": page.context["codes"][0]})
    assert who(client) is None
    client.post(STEP, {"code": new[0]})
    assert who(client) == str(union.sara.pk)


def test_a_password_is_only_the_first_step_as_well(union):
    set_up_app(enter(union.sara))
    union.sara.set_password("fjäll och hav 2026")
    union.sara.save()
    client = Client()
    data = {"login": union.sara.email, "password": "fjäll och hav 2026", "way": "password"}
    assert client.post("/accounts/login/", data)["Location"] == STEP
    assert who(client) is None


def test_guessing_the_second_step_is_stopped(union):
    secret, _page = set_up_app(enter(union.sara))
    client = enter(union.sara)
    for n in range(12):
        client.post(STEP, {"code": f"{n:06d}"})
    client.post(STEP, {"code": app_code(secret, steps_ahead=1)})
    assert who(client) is None


def test_the_secret_of_an_app_lies_sealed_in_the_database(union, settings):
    secret, page = set_up_app(enter(union.sara))
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert second_step.unused_codes(union.sara) == page.context["codes"]
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "a new one"
    assert second_step.unused_codes(union.sara) == page.context["codes"]


def test_a_secret_of_ones_own_choice_or_of_another_is_refused(union):
    alice, charlie = enter(union.alice), enter(union.charlie)
    form = charlie.get("/account/second-step/app/").context["form"]
    for sealed in ("", "JBSWY3DPEHPK3PXP", form.fields["sealed"].initial):
        data = {"sealed": sealed, "code": app_code(form.secret)}
        assert alice.post("/account/second-step/app/", data).status_code == 200
    assert not Authenticator.objects.exists()


def test_looking_at_the_pages_changes_nothing(union):
    alice = enter(union.alice)
    before = dict(alice.session.items())
    for path in (FIRST, f"{FIRST}app/", "/account/passkeys/new/", "/account/devices/", "/account/phone/"):
        assert alice.get(path).status_code == 200
    assert dict(alice.session.items()) == before
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    "path", [f"{FIRST}app/", "/account/passkeys/new/", f"{FIRST}codes/", "/account/passkeys/offer/"]
)
def test_an_older_sign_in_changes_no_protection(union, path):
    alice = enter(union.alice)
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=16)):
        page = alice.post(path)
    assert "accounts/sign_in_again.html" in [template.name for template in page.templates]


def test_a_sign_in_from_before_the_second_step_cannot_change_it(union):
    before = enter(union.sara)
    set_up_app(enter(union.sara))
    for path in (FIRST, f"{FIRST}app/", "/account/passkeys/new/"):
        page = before.get(path)
        assert "accounts/sign_in_again.html" in [template.name for template in page.templates], path
    assert "accounts/sign_in_again.html" in [t.name for t in before.post(f"{FIRST}app/remove/").templates]
    assert before.get("/staff/")["Location"] == FIRST
    assert Authenticator.objects.filter(type="totp").exists()


def test_staff_keep_at_least_one_and_others_may_take_it_away(union):
    sara = enter(union.sara)
    set_up_app(sara)
    sara.post(f"{FIRST}app/remove/")
    assert second_step.has(union.sara)
    alice = enter(union.alice)
    set_up_app(alice)
    assert enter(union.alice).get("/account/").status_code == 302  # asked for now
    alice.post(f"{FIRST}app/remove/")
    assert not Authenticator.objects.filter(user=union.alice).exists()
    assert enter(union.alice).get("/account/").status_code == 200


def test_who_lost_everything_is_helped_by_the_one_who_runs_the_machine(union):
    sara = enter(union.sara)
    set_up_app(sara)
    call_command("reset_second_step", "Sara@example.org")
    assert not Authenticator.objects.exists()
    assert sara.get("/account/").status_code == 302
    assert enter(union.sara).get("/")["Location"] == FIRST
    with pytest.raises(CommandError):
        call_command("reset_second_step", "nobody@example.org")


def test_no_page_of_allauths_own_can_be_reached(union, sign_in):
    make_user("Eva")
    paths = ("2fa/", "2fa/totp/activate/", "2fa/webauthn/", "2fa/recovery-codes/", "2fa/reauthenticate/", "sessions/")
    for path in paths:
        for client in (Client(), sign_in(union.sara), sign_in(union.alice)):
            assert client.get(f"/accounts/{path}").status_code == 404
