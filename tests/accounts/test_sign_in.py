"""Signing in by code or password; the same answer for everybody else."""

from __future__ import annotations

import re

from django.core import mail
from django.test import Client

PASSWORD = "fjäll och hav 2026"


def ask_for_code(client: Client, email: str, **extra):
    return client.post("/accounts/login/", {"login": email, "way": "code", **extra}, follow=True)


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_alice_signs_in_with_the_code_from_her_mail(union, client):
    page = ask_for_code(client, "Alice@Example.org")
    assert page.status_code == 200
    assert signed_in_as(client) is None
    (letter,) = mail.outbox
    assert letter.to == ["alice@example.org"]
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
    code = re.search(r"\b\d{6}\b", letter.subject).group()
    assert code in letter.body
    client.post("/accounts/login/code/confirm/", {"code": f" {code[:3]} {code[3:]} "})
    assert signed_in_as(client) == str(union.alice.pk)


def test_the_code_comes_in_the_language_of_the_account_not_of_the_page(union, client, monkeypatch):
    spoken = []
    monkeypatch.setattr(
        "comms.accounts.adapter.ClosedAdapter.render_mail",
        lambda self, *a, **kw: (
            spoken.append(__import__("django").utils.translation.get_language()) or mail.EmailMessage()
        ),
    )
    union.alice.language = "nb"
    union.alice.save()
    client.post("/accounts/login/", {"login": "alice@example.org"}, headers={"accept-language": "da"})
    client.logout()
    Client().post("/accounts/login/", {"login": "nobody@example.org"}, headers={"accept-language": "da"})
    assert spoken == ["nb", "da"]


def test_a_wrong_code_says_so_and_the_fourth_try_is_refused(union, client):
    ask_for_code(client, "alice@example.org")
    wrong = "000000" if "000000" not in mail.outbox[0].subject else "111111"
    page = client.post("/accounts/login/code/confirm/", {"code": wrong})
    assert page.status_code == 200
    assert 'aria-invalid="true"' in page.content.decode()
    for _ in range(3):
        client.post("/accounts/login/code/confirm/", {"code": wrong})
    right = re.search(r"\d{6}", mail.outbox[0].subject).group()
    client.post("/accounts/login/code/confirm/", {"code": right})
    assert signed_in_as(client) is None


def test_a_new_code_can_be_asked_for_and_only_the_newest_works(union, client):
    ask_for_code(client, "alice@example.org")
    page = client.post("/accounts/login/code/confirm/", {"action": "resend"}, follow=True)
    assert 'class="notice success"' in page.content.decode()
    first, second = (re.search(r"\d{6}", letter.subject).group() for letter in mail.outbox)
    client.post("/accounts/login/code/confirm/", {"code": second})
    assert signed_in_as(client) == str(union.alice.pk)
    assert first != second


def test_alice_signs_in_with_a_password_and_no_mail_is_sent(union, client):
    union.alice.set_password(PASSWORD)
    union.alice.save()
    page = client.post("/accounts/login/", {"login": "alice@example.org", "password": PASSWORD, "way": "password"})
    assert (page.status_code, page["Location"]) == (302, "/")
    assert signed_in_as(client) == str(union.alice.pk)
    assert mail.outbox == []


def test_the_password_button_without_a_password_sends_no_code(union, client):
    page = client.post("/accounts/login/", {"login": "alice@example.org", "way": "password"})
    assert page.status_code == 200
    assert mail.outbox == []


def test_sign_in_goes_back_to_the_page_that_asked_but_never_to_another_site(union):
    for target, landing in (("/account/", "/account/"), ("https://evil.example.com/", "/")):
        client = Client()
        union.alice.set_password(PASSWORD)
        union.alice.save()
        data = {"login": "alice@example.org", "password": PASSWORD, "way": "password", "next": target}
        assert client.post("/accounts/login/", data)["Location"] == landing


def plain(page) -> str:
    """A page without what differs on every answer: tokens, nonces, and the address that was typed."""
    text = re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]*"', r"\1", page.content.decode())
    return re.sub(r"(alice|nobody|erik)@example\.org", "ADDRESS", text)


def test_known_unknown_and_ended_addresses_get_the_same_answer(union):
    union.charlie.email, union.charlie.is_active = "erik@example.org", False
    union.charlie.save()
    answers = [ask_for_code(Client(), f"{name}@example.org") for name in ("alice", "nobody", "erik")]
    assert [page.redirect_chain for page in answers] == [[("/accounts/login/code/confirm/", 302)]] * 3
    assert plain(answers[0]) == plain(answers[1]) == plain(answers[2])
    assert [re.search(r"\d{6}", letter.subject) is not None for letter in mail.outbox] == [True, False, False]


def test_a_wrong_password_answers_the_same_for_known_and_unknown_addresses(union):
    union.alice.set_password(PASSWORD)
    union.alice.save()
    wrong = [
        Client().post("/accounts/login/", {"login": f"{name}@example.org", "password": "no", "way": "password"})
        for name in ("alice", "nobody")
    ]
    assert wrong[0].status_code == wrong[1].status_code == 200
    assert plain(wrong[0]) == plain(wrong[1])


def test_an_ended_account_cannot_sign_in_with_its_password(union, client):
    union.alice.set_password(PASSWORD)
    union.alice.is_active = False
    union.alice.save()
    client.post("/accounts/login/", {"login": "alice@example.org", "password": PASSWORD, "way": "password"})
    assert signed_in_as(client) is None


def test_dora_whose_mandate_ended_can_still_sign_in(union, client):
    ask_for_code(client, "dora@example.org")
    code = re.search(r"\d{6}", mail.outbox[0].subject).group()
    client.post("/accounts/login/code/confirm/", {"code": code})
    assert client.get("/account/").status_code == 200


def test_sign_up_is_closed_and_other_allauth_pages_do_not_exist(union, client, sign_in):
    page = client.post("/accounts/signup/", {"email": "new@example.org"})
    assert "account/signup_closed.html" in [template.name for template in page.templates]
    assert not type(union.alice).objects.filter(email="new@example.org").exists()
    for path in ("email/", "password/reset/", "password/change/", "confirm-email/", "reauthenticate/", "phone/change/"):
        assert client.get(f"/accounts/{path}").status_code == 404
        assert sign_in(union.alice).get(f"/accounts/{path}").status_code == 404


def test_sign_out_asks_on_get_and_happens_on_post(union, sign_in):
    client = sign_in(union.alice)
    assert client.get("/accounts/logout/").status_code == 200
    assert signed_in_as(client) == str(union.alice.pk)
    left = client.post("/accounts/logout/")
    assert left["Clear-Site-Data"] == '"cache"'
    assert signed_in_as(client) is None


def test_too_many_codes_are_refused_with_a_page_of_ours(union, client):
    answers = [client.post("/accounts/login/", {"login": "alice@example.org"}).status_code for _ in range(40)]
    assert 429 in answers
