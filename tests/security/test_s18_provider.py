"""S18: signing in with an identity provider, allauth's own over HTTP: who gets in, and what is not believed."""

from __future__ import annotations

import datetime
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import requests
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialAccount, SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core import mail
from django.test import Client
from django.utils import timezone

from comms.accounts import checks, oidc
from comms.people.models import User
from tests.accounts.steps import app_code, set_up_app, sign_in_by_mail
from tests.factories import make_mandate, make_user
from tests.journeys.house import ROOT, answers, free_port, wait_for
from tests.security.identity_provider import SECRET

pytestmark = pytest.mark.once  # says nothing about the database

AWAY, BACK = "/accounts/login/provider/", "/accounts/login/provider/back/"
STEP = "/accounts/login/second-step/"


@pytest.fixture(scope="module")
def provider(tmp_path_factory) -> Iterator[str]:
    """The address of a running identity provider."""
    port, folder = free_port(), tmp_path_factory.mktemp("provider")
    command = [sys.executable, "-m", "tests.security.identity_provider", str(port), str(folder)]
    process = subprocess.Popen([*command, f"http://testserver{BACK}"], cwd=ROOT)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(f"{url}/.well-known/jwks.json"), seconds=90, what="the identity provider")
        yield url
    finally:
        process.kill()
        process.wait()


@pytest.fixture(autouse=True)
def _ours(settings, union, provider):
    settings.OIDC_ISSUER, settings.OIDC_NAME = provider, "Kontot"
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = "portal", SECRET
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 60  # seconds: the provider shares the processor with us


def leave(client: Client, **form: str) -> str:
    """Presses the button; the address at the provider."""
    return client.post(AWAY, form).context["url"]


def at_provider(who: str, url: str) -> str:
    """Somebody signs in there; the address they are sent back to."""
    browser, place = requests.Session(), urlsplit(url)
    browser.get(f"{place.scheme}://{place.netloc}/enter/{who}/").raise_for_status()
    return browser.get(url, allow_redirects=False).headers["Location"]


def come_back(client: Client, url: str) -> Any:
    return client.get(f"{urlsplit(url).path}?{urlsplit(url).query}")


def sign_in_as(who: str, client: Client, **form: str) -> Any:
    return come_back(client, at_provider(who, leave(client, **form)))


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def refused(page: Any) -> bool:
    """Our own page, which says the same whatever the reason; nobody is signed in and nothing was linked."""
    names = [template.name for template in page.templates]
    assert "accounts/not_signed_in.html" in names
    assert who(page.client) is None
    assert not SocialAccount.objects.exists()
    return page.status_code == 403


def failed(page: Any) -> bool:
    assert not refused(page)
    return page.status_code == 400


@pytest.fixture
def secret(union) -> str:
    """Of Sara's app: her second step."""
    client = Client()
    sign_in_by_mail(client, union.sara.email)
    secret, _page = set_up_app(client)
    mail.outbox.clear()
    return secret


# --- who gets in --------------------------------------------------------------------------------------------------
def test_staff_sign_in_with_the_second_step_and_reach_the_page_they_wanted(union, client, secret):
    union.sara.set_password("fjäll och hav 2026")
    union.sara.save()
    answer = sign_in_as("sara", client, next="/staff/users/", remember="on")
    assert (answer["Location"], who(client)) == (STEP, None)
    assert not SocialAccount.objects.exists()  # not before the whole sign-in has succeeded
    answer = client.post(STEP, {"code": app_code(secret, steps_ahead=1)})
    assert answer["Location"] == "/staff/users/"
    assert client.get("/staff/users/").status_code == 200
    assert client.session["own_device"] is True
    linked = SocialAccount.objects.get()
    assert (linked.user, linked.extra_data) == (union.sara, {})
    assert [message.to for message in mail.outbox] == [[union.sara.email]]
    union.sara.refresh_from_db()
    assert union.sara.check_password("fjäll och hav 2026")


def test_without_a_second_step_staff_are_led_to_set_one_up(union, client):
    sign_in_as("sara", client, next="/staff/")
    assert who(client) == str(union.sara.pk)
    assert client.get("/staff/")["Location"] == "/account/second-step/"


def test_linked_once_the_address_says_nothing_any_more(union, client):
    sign_in_as("sara", client)
    User.objects.filter(pk=union.sara.pk).update(email="sara.new@example.org")
    new = make_user("Sara", email="sara@example.org")
    make_mandate(new, union.root, role="staff")
    again = Client()
    sign_in_as("sara", again)
    assert who(again) == str(union.sara.pk)


def test_who_inherits_an_address_there_inherits_no_account_here(union, client):
    sign_in_as("sara", client)
    heir = Client()
    assert sign_in_as("heir", heir).status_code == 403
    assert who(heir) is None
    assert SocialAccount.objects.count() == 1


def test_the_same_subject_of_another_issuer_is_somebody_else(union, client, provider):
    make_mandate(union.alice, union.root, role="staff")
    sign_in_as("sara", client)
    SocialAccount.objects.update(provider="https://other.example.org", user=union.alice)
    again = Client()
    sign_in_as("sara", again)
    assert who(again) == str(union.sara.pk)


# --- who does not -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["careless", "stranger", "alice", "kelvin"])
def test_unverified_unknown_and_representatives_get_the_same_answer(union, client, name):
    kim = make_user("Kim")
    make_mandate(kim, union.root, role="staff")
    page, other = sign_in_as(name, client), sign_in_as("stranger", Client())
    assert refused(page)
    assert page.context["next"] == other.context["next"] == ""
    assert page.templates[0].name == other.templates[0].name
    assert User.objects.count() == 6


def test_an_account_that_has_ended_stays_closed(union, client):
    sign_in_as("sara", Client())
    SocialAccount.objects.all().delete()
    User.objects.filter(pk=union.sara.pk).update(is_active=False)
    assert refused(sign_in_as("sara", client))


@pytest.mark.parametrize("linked", [True, False])
def test_when_the_mandate_has_ended_the_door_is_closed(union, client, linked):
    if linked:
        sign_in_as("sara", Client())
    union.sara.mandates.update(end=timezone.localdate() - datetime.timedelta(days=1))
    assert sign_in_as("sara", client).status_code == 403
    assert who(client) is None


# --- what is not believed -----------------------------------------------------------------------------------------
def changed(url: str, **values: str) -> str:
    query = {name: found[0] for name, found in parse_qs(urlsplit(url).query).items()} | values
    return urlsplit(url)._replace(query=urlencode(query)).geturl()


def test_we_ask_with_state_nonce_and_pkce_for_no_more_than_the_address(client):
    asked = parse_qs(urlsplit(leave(client)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["code_challenge"][0]) >= 43
    assert len(asked["nonce"][0]) >= 32
    assert len(asked["state"][0]) >= 16
    assert set(asked["scope"][0].split()) == {"openid", "email"}
    assert parse_qs(urlsplit(leave(client)).query)["nonce"] != asked["nonce"]


@pytest.mark.parametrize(
    "answer", [{"state": "other"}, {"state": ""}, {"code": "other"}, {"iss": "https://evil.example.org"}]
)
def test_another_state_code_or_issuer_signs_nobody_in(client, answer):
    assert failed(come_back(client, changed(at_provider("sara", leave(client)), **answer)))


def test_the_answer_to_one_browser_is_nothing_in_another(client):
    url = at_provider("sara", leave(client))
    stranger = Client()
    leave(stranger)
    assert failed(come_back(stranger, url))


def test_an_answer_works_once(union, client):
    url = at_provider("sara", leave(client))
    come_back(client, url)
    client.post("/accounts/logout/")
    assert come_back(client, url).status_code == 400
    assert who(client) is None


def test_an_answer_to_another_nonce_or_challenge_signs_nobody_in(client):
    assert failed(come_back(client, at_provider("sara", changed(leave(client), nonce="other"))))
    assert failed(come_back(client, at_provider("sara", changed(leave(client), code_challenge="x" * 43))))


def test_a_token_made_for_another_client_signs_nobody_in(client, settings, caplog):
    settings.OIDC_CLIENT_ID = "confused"
    assert failed(sign_in_as("sara", client))
    assert "InvalidAudienceError" in caplog.text


OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FORGERIES = {
    "unsigned": lambda claims, head: jwt.encode(claims, None, "none", head),
    "signed with the client's secret": lambda claims, head: jwt.encode(claims, SECRET * 2, "HS256", head),
    "signed by another": lambda claims, head: jwt.encode(claims, OTHER_KEY, "RS256", head),
    "of no known key": lambda claims, head: jwt.encode(claims, OTHER_KEY, "RS256", {"kid": "x"}),
    "nonsense": lambda claims, head: "nonsense",
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_token_the_provider_has_not_signed_signs_nobody_in(client, monkeypatch, forge):
    def forged(self, *args, **kwargs):
        answer = honest(self, *args, **kwargs)
        claims = jwt.decode(answer["id_token"], options={"verify_signature": False})
        head = {"kid": jwt.get_unverified_header(answer["id_token"])["kid"]}
        return {**answer, "id_token": forge(claims, head)}

    honest = OAuth2Client.get_access_token
    monkeypatch.setattr(OAuth2Client, "get_access_token", forged)
    assert failed(sign_in_as("sara", client))


@pytest.mark.parametrize(
    ("change", "believed"),
    [
        ({}, True),
        ({"iss": "https://other.example.org"}, False),
        ({"aud": ["portal", "other"]}, True),
        ({"aud": ["portal", "other"], "azp": "other"}, False),
        ({"exp": time.time() - 61}, False),
        ({"iat": time.time() + 30}, True),  # their clock is a little ahead
        ({"nonce": None}, False),
        ({"sub": None}, False),
        ({"sub": ""}, False),
    ],
)
def test_what_a_token_must_say(rf, monkeypatch, settings, change, believed):
    now = time.time()
    claims = {"iss": settings.OIDC_ISSUER, "aud": "portal", "sub": "1", "nonce": "n", "iat": now, "exp": now + 300}
    claims = {name: value for name, value in {**claims, **change}.items() if value is not None}
    monkeypatch.setattr(jwtkit, "fetch_key", lambda *_args: ("RS256", OTHER_KEY.public_key()))
    adapter = oidc.StaffOAuth2Adapter(rf.get(BACK), settings.OIDC_ISSUER)
    token = jwt.encode(claims, OTHER_KEY, "RS256")
    try:
        adapter._decode_id_token(SocialApp(client_id="portal"), token)
    except oidc.NotBelieved:
        assert not believed
    else:
        assert believed


def test_only_true_is_verified():
    for said in (None, False, 0, 1, "true", "false", "yes"):
        assert oidc.own_address({"email": "sara@example.org", "email_verified": said}) == ""
    assert oidc.own_address({"email": "Sara@Example.org", "email_verified": True}) == "sara@example.org"
    assert oidc.own_address({"email": "Åsa@example.org", "email_verified": True}) == "åsa@example.org"


# --- what people see ----------------------------------------------------------------------------------------------
def test_the_button_is_there_only_with_a_provider_and_not_in_the_frame(client, settings):
    assert "Kontot" in client.get("/accounts/login/").content.decode()
    assert "Kontot" not in client.get("/accounts/login/?next=/account/back/").content.decode()
    settings.OIDC_ISSUER = ""
    assert AWAY not in client.get("/accounts/login/").content.decode()
    assert [client.post(AWAY).status_code, client.get(BACK).status_code] == [404, 404]


def test_who_changes_their_mind_there_is_back_at_sign_in(client):
    state = parse_qs(urlsplit(leave(client, next="/staff/")).query)["state"][0]
    answer = client.get(BACK, {"error": "access_denied", "state": state})
    assert answer["Location"] == "/accounts/login/?next=%2Fstaff%2F"


def test_a_provider_that_is_away_or_calls_itself_something_else_is_told_in_plain_words(client, settings, provider):
    for issuer in (f"http://127.0.0.1:{free_port()}", f"{provider}/"):
        settings.OIDC_ISSUER = issuer
        assert failed(client.post(AWAY, {"next": "/staff/"}))


def test_who_presses_again_and_again_is_told_to_wait(client):
    answers = [client.post(AWAY) for _ in range(31)]
    assert (answers[29].status_code, answers[30]["Location"]) == (200, "/accounts/login/")
    assert 'class="notice error"' in client.get("/accounts/login/").content.decode()


def test_a_foreign_page_is_not_gone_on_to(union, client):
    answer = sign_in_as("sara", client, next="https://evil.example.org/")
    assert (answer["Location"], who(client)) == ("/", str(union.sara.pk))


def test_an_installation_that_trusts_a_provider_badly_does_not_start(settings):
    assert checks.provider_is_complete() == []
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_SECRET = "http://id.example.org", ""
    assert [found.id for found in checks.provider_is_complete()] == ["accounts.E004"]
    settings.OIDC_ISSUER = "https://id.example.org"
    assert [found.id for found in checks.provider_is_complete()] == ["accounts.E005"]
    settings.OIDC_ISSUER = ""
    assert checks.provider_is_complete() == []
