"""What people see and change about themselves."""

from __future__ import annotations

import datetime

import time_machine
from django.utils import timezone

DETAILS = {"first_name": "Alice", "last_name": "Ánte", "language": "sv"}


def test_alice_changes_her_details(union, sign_in):
    client = sign_in(union.alice)
    answer = client.post("/account/", DETAILS, follow=True)
    union.alice.refresh_from_db()
    assert union.alice.last_name == "Ánte"
    assert 'class="notice success"' in answer.content.decode()


def test_a_bad_phone_number_is_explained_beside_the_field(union, sign_in):
    page = sign_in(union.alice).post("/account/phone/", {"phone": "12"}).content.decode()
    assert 'id="id_phone_error"' in page
    assert 'aria-describedby="id_phone_helptext id_phone_error"' in page


def test_nobody_changes_more_than_the_form_offers(union, sign_in):
    sign_in(union.alice).post(
        "/account/", {**DETAILS, "email": "x@example.org", "is_staff": "on", "is_superuser": "on"}
    )
    union.alice.refresh_from_db()
    assert (union.alice.email, union.alice.is_staff, union.alice.is_superuser) == ("alice@example.org", False, False)


def test_the_page_lists_own_mandates_with_dates(union, sign_in):
    page = sign_in(union.dora).get("/account/").content.decode()
    assert "Avdelning A" in page
    assert "Avdelning B" not in page
    assert 'class="tag good"' not in page


def test_a_person_without_any_mandate_can_open_the_account_page(union, sign_in):
    union.dora.mandates.all().delete()
    assert sign_in(union.dora).get("/account/").status_code == 200


def test_a_password_is_set_after_a_fresh_sign_in(union, sign_in):
    client, other = sign_in(union.alice), sign_in(union.alice)
    new = {"new_password1": "björk under snö 7", "new_password2": "björk under snö 7"}
    assert client.post("/account/password/", new)["Location"] == "/account/"
    union.alice.refresh_from_db()
    assert union.alice.check_password("björk under snö 7")
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302


def test_a_weak_password_is_refused_with_the_reason(union, sign_in):
    page = sign_in(union.alice).post("/account/password/", {"new_password1": "kort", "new_password2": "kort"})
    assert 'class="errorlist"' in page.content.decode()
    union.alice.refresh_from_db()
    assert not union.alice.has_usable_password()


def test_an_older_sign_in_must_be_renewed_before_a_password_is_set(union, sign_in):
    client = sign_in(union.alice)
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=16)):
        new = {"new_password1": "björk under snö 7", "new_password2": "björk under snö 7"}
        page = client.post("/account/password/", new)
    assert "accounts/sign_in_again.html" in [template.name for template in page.templates]
    assert 'value="/accounts/login/?next=/account/password/"' in page.content.decode()
    union.alice.refresh_from_db()
    assert not union.alice.has_usable_password()
