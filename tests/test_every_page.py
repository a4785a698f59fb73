"""Every page in a real browser, in every language: nothing for axe to say, and nothing beside a telephone's screen.

The pages are those of tests/test_every_door.py, so a new one cannot be forgotten: a GET that answers with a page is
visited, and one that cannot be has its reason in NOT_VISITED. What refuses GET or answers with a file is no page.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Error, Page

from cms.models import Entry, ShelfPage
from comms.people.checks import patterns
from comms.people.models import Member, User
from comms.people.tokens import seal
from comms.privacy import unsubscribe
from mailings.models import Mailing, MailingState, Recipient
from mailings.views.preview import FACES
from tests import test_every_door as doors
from tests.gate.test_shipped import AXE
from tests.journeys.conftest import browser_type_launch_args  # noqa: F401  (found by name)
from tests.library.shelves import article, furnish, passage
from tests.mailings.design import make_draft, translate
from tests.test_every_door import Things

pytestmark = [
    pytest.mark.browser,
    pytest.mark.once,
    pytest.mark.timeout(600),
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]

kept_things, things = doors.kept_things, doors.things  # fixtures
PHONE, DESKTOP = {"width": 375, "height": 740}, {"width": 1280, "height": 900}
CASES = [  # every page each day in Swedish on a telephone, where most is folded; the rest with script/test --all
    pytest.param("sv", PHONE, id="sv-phone"),
    pytest.param("nb", DESKTOP, id="nb-desktop", marks=pytest.mark.slow),
    pytest.param("da", PHONE, id="da-phone", marks=pytest.mark.slow),
    pytest.param("en", DESKTOP, id="en-desktop", marks=pytest.mark.slow),
]
PARTS = 3  # beside each other, where the tests are
PASSWORD = "Norrsken över Giron 1952"

MAILS = "a mail: tests/gate/test_shipped.py looks at mails"
NOT_VISITED = {
    f"{doors.ONE}frame/": MAILS,
    f"{doors.ONE}frame/dark/": MAILS,
    f"{doors.ONE}frame/images-off/": MAILS,
    f"{doors.ONE}approval/frame/": MAILS,
    f"{doors.ONE}read/frame/": MAILS,
    f"{doors.ONE}preview/as/<uuid:member>/frame/": MAILS,
    f"{doors.LOOK}sample/": MAILS,
    "m/<str:token>/": MAILS,
    "p/<str:token>/": MAILS,
    "outbox/mail/html/": MAILS,
    "outbox/mail/": "shows a mail that was written to a file, on the developer's own machine",
    "outbox/mail/attachment/": "a file of such a mail",
    f"{doors.ONE}preview/as/": "leads to the first recipient",
    "library/suggest/": "a piece of the search box",
    f"{doors.ONE}letters/<uuid:run>/": "a file, once it is drawn",
    "members/export/<uuid:export>/file/": "a file, once it is made",
    "accounts/login/code/": "leads to the sign-in page",
    "accounts/login/provider/": "no page where no identity provider is configured",
    "accounts/login/provider/back/": "no page where no identity provider is configured",
    **dict.fromkeys([*doors.FILES, *doors.BY_KEY, *doors.OF_PROVIDERS], "no page"),
}


# --- the addresses ----------------------------------------------------------------------------------------------------
def of_accounts(path: str) -> doors.Build:
    return lambda things: [f"/accounts/{path}"]


ACCOUNTS: dict[str, doors.Build] = {
    f"accounts/{path}": of_accounts(path)
    for path in ("login/", "login/code/", "login/code/confirm/", "login/second-step/", "login/passkey/",
                 "login/passkey/challenge/", "login/provider/", "login/provider/back/", "logout/", "inactive/",
                 "signup/")
}  # fmt: skip
FOR_ALICE = {
    **doors.OF_BRANCH_A,
    **doors.OF_MY_MANDATES,
    **doors.OF_MYSELF,
    **doors.OF_MY_ACCOUNT,
}
FOR_NOBODY = {**doors.OPEN_TO_ALL, **doors.THIS_MACHINE_ONLY, **doors.FILES, **ACCOUNTS, **doors.OF_PROVIDERS}


def by_token(things: Things, address: str, purpose: str) -> list[str]:
    if purpose == "unsubscribe":
        mailed = urlsplit(unsubscribe.link(things.member.public_id, things.sent.topic_id)).path
        return [address.replace("/u/{token}/", mailed)]
    return [address.format(token=seal(purpose, things.recipient.public_id.bytes))]


def addresses(things: Things) -> dict[str, tuple[str, list[str]]]:
    """route -> (who goes there, its addresses)."""
    return {
        **{route: ("alice", build(things)) for route, build in FOR_ALICE.items()},
        **{route: ("sara", build(things)) for route, build in doors.OF_STAFF.items()},
        **{route: ("", build(things)) for route, build in FOR_NOBODY.items()},
        **{route: ("", by_token(things, *how)) for route, how in doors.BY_TOKEN.items()},
        **{route: ("", [f"/{route}"]) for route in doors.FOR_EVERYBODY | doors.BY_KEY},
    }


def as_well(things: Things) -> list[tuple[str, str]]:
    """(who, address) of the same pages in other states."""
    draft, sent = (f"/invitations/{one.public_id}/" for one in (things.draft, things.sent))
    empty = Mailing.unscoped.get(subject="Kallelse")  # as the template begins it
    return [
        *(("alice", f"{draft}preview/{face}/") for face in FACES),
        ("alice", f"{draft}text/?language=nb"),
        ("alice", f"{draft}library/?slot={doors.SLOT}&q=ingen"),
        ("alice", f"{draft}recipients/?find=skola"),
        ("alice", f"/invitations/{empty.public_id}/check/"),
        ("alice", f"/invitations/{empty.public_id}/preview/"),
        *(("alice", f"/invitations/{one.public_id}/") for one in Mailing.unscoped.exclude(state="draft")),
        ("alice", f"{sent}?state=missed"),
        ("alice", "/invitations/?q=hemlig"),
        ("alice", "/members/?q=ingen"),
        ("dora", "/"),
        ("sara", "/"),
        ("sara", "/help/"),
        *(("alice", f"/library/{key}/") for key in Entry.unscoped.values_list("public_id", flat=True)),
        ("bob", "/library/?below=1"),
        ("bob", f"/library/{things.minutes.get_parent().specific.public_id}/?below=1&kind=minutes"),
        ("sara", "/library/"),
        ("alice", "/nowhere/"),
        ("", "/nowhere/"),
    ]


# --- what must have happened before -------------------------------------------------------------------------------
def codes_are_asked_for(clients: dict[str, Client], union: Any) -> None:
    """The steps of signing in and of a new number that are pages of their own."""
    clients["alice"].post("/account/phone/", {"phone": "+46701740605"})
    clients["asked"].post("/accounts/login/", {"login": union.alice.email, "way": "code"})
    union.bob.set_password(PASSWORD)
    union.bob.save()
    TOTP.activate(union.bob, generate_totp_secret())
    clients["halfway"].post("/accounts/login/", {"login": union.bob.email, "password": PASSWORD, "way": "password"})


MIDWAY = {
    "/accounts/login/code/confirm/": "asked",
    "/accounts/login/second-step/": "halfway",
    "/accounts/logout/": "alice",
}


def more_states(union: Any, things: Things) -> None:
    """A draft with nothing in it, one with another language, and mailings that wait, stand still and were stopped. A
    library with something of everything, and minutes that are open to all.
    """
    things.minutes.open_to_all = True
    things.minutes.save_revision().publish()
    furnish(union)
    mandate, now = union.mandate(union.alice), timezone.now()
    approved = {"confirmed_by": union.alice, "confirmed_at": now, "due_at": now + datetime.timedelta(minutes=20)}
    make_draft(mandate, ready=False)
    translate(things.draft, "nb")
    shelf = ShelfPage.objects.get(title="Möten")
    article("Vem betalar resan?", under=shelf, body=[passage("Kort", "<p>Avdelningen betalar.</p>")])
    for state in (MailingState.HOLD, MailingState.PAUSED, MailingState.SENDING, MailingState.CANCELLED):
        one = make_draft(mandate, subject=f"{doors.SECRET} {state}")
        Mailing.unscoped.filter(pk=one.pk).update(state=state, **approved)


# --- the visits -----------------------------------------------------------------------------------------------------
@dataclass
class Visit:
    """`answer`: a "page", a "file", "elsewhere" (it led to another page) or a status; `trouble`: what is wrong."""

    address: str
    answer: str
    trouble: list[Any] = field(default_factory=list)


UNFOLD = "document.querySelectorAll('details:not([data-menu])').forEach((fold) => { fold.open = true; })"
FITS = "document.documentElement.scrollWidth <= innerWidth"


def visit(page: Page, address: str, size: dict[str, int]) -> Visit:
    try:
        answer = page.goto(address)
    except Error:  # no page, of which a browser shows nothing; now and then it stumbles over the next
        bare = page.context.request.get(address, max_redirects=0)
        if bare.ok and is_page(bare):
            return visit(page, address, size)
        return Visit(address, "file" if bare.ok else str(bare.status))
    assert answer is not None
    if answer.request.redirected_from:
        return Visit(address, "elsewhere")
    if not is_page(answer):
        return Visit(address, "file" if answer.ok else str(answer.status))
    return Visit(address, "page" if answer.ok else str(answer.status), [*troubles(page), *beside(page, size)])


def is_page(answer: Any) -> bool:
    return str(answer.headers.get("content-type", "")).startswith("text/html")


def troubles(page: Page) -> list[Any]:
    """What axe finds, with every fold open."""
    page.evaluate(UNFOLD)
    violations = Axe().run(page, options={**AXE, "iframes": False}).response["violations"]
    return [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in violations]


def beside(page: Page, size: dict[str, int]) -> list[str]:
    """The sizes at which one would have to scroll sideways."""
    wrong = []
    for other in (size, PHONE if size is DESKTOP else DESKTOP):
        page.set_viewport_size(other)  # type: ignore[arg-type]
        if not page.evaluate(FITS):
            wrong.append(f"wider than {other['width']} px")
    page.set_viewport_size(size)  # type: ignore[arg-type]
    return wrong


@pytest.fixture
def pages(live_server, browser: Browser, sign_in, union) -> Iterator[Callable[[str, str, dict[str, int]], Page]]:
    """`pages(who, language, size)`: a browser of that person, the same one each time."""
    contexts: dict[str, BrowserContext] = {}
    clients = {name: sign_in(getattr(union, name)) for name in ("alice", "bob", "sara", "dora")}
    clients |= {"asked": Client(), "halfway": Client()}
    codes_are_asked_for(clients, union)

    def open_(who: str, language: str, size: dict[str, int]) -> Page:
        if who not in contexts:
            contexts[who] = context = browser.new_context(
                viewport=size, base_url=live_server.url, locale=language, service_workers="block"
            )  # type: ignore[arg-type]
            if who:
                cookie = clients[who].cookies["sessionid"].value
                context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
            context.new_page()
        return contexts[who].pages[0]

    yield open_
    for context in contexts.values():
        context.close()


def speak(language: str) -> None:
    """Everybody wants that language."""
    User.objects.update(language=language)
    Member.unscoped.update(language=language)
    Recipient.unscoped.update(language=language)


def test_every_address_is_known_here(things):
    known = {route for route, _pattern in patterns() if not route.startswith("admin/")}  # Wagtail's own screens
    assert known == set(addresses(things)), "say here how one comes to the new page"
    assert NOT_VISITED.keys() <= known


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(("language", "size"), CASES)
def test_axe_finds_nothing_and_nothing_stands_beside_the_screen(pages, union, things, language, size, part):
    more_states(union, things)
    speak(language)
    seen: list[Visit] = []
    routes = [(who, found) for route, (who, found) in addresses(things).items() if route not in NOT_VISITED]
    for who, found in routes[part::PARTS]:
        for address in found:
            seen.append(visit(pages(MIDWAY.get(address, who), language, size), address, size))
            if seen[-1].answer in {"page", "file", "405"}:
                break
        else:
            seen[-1].trouble.append("not a page: say in NOT_VISITED why")
    for who, address in as_well(things)[part::PARTS]:
        seen.append(visit(pages(who, language, size), address, size))
    print(len([one for one in seen if one.answer == "page"]), "pages")
    wrong = [f"{one.address} ({one.answer}): {one.trouble}" for one in seen if one.trouble]
    assert not wrong, "\n".join(wrong)
