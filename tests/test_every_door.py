"""Every URL, tried by those it does not serve: Charlie (another branch), Dora (mandate ended), nobody at all.

The table says how each address is built for things of branch A. A URL that is not in it fails, so nobody adds a door
without saying whom it serves. tests/security/test_s1_foreign_ids.py goes through it in every role.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from cms.models import Attachment, HomePage, MinutesPage, ShelfPage
from comms.members.models import ListExport, RolePower
from comms.people.checks import patterns
from comms.people.models import Member
from comms.people.tokens import seal
from comms.privacy import choices
from mailings.letters import KEPT
from mailings.models import (
    Enclosure,
    Insertion,
    LetterRun,
    Mailing,
    MailingState,
    Recipient,
    RecipientState,
    Rendition,
    SavedList,
)
from templates_lib.models import Picture
from tests.factories import make_member
from tests.kept import kept
from tests.library.shelves import document, figure, put
from tests.library.shelves import minutes as make_minutes
from tests.mailings.design import TEXT, make_draft, make_template

pytestmark = pytest.mark.once  # says nothing about the database

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
SECRET = "Hemlig kallelse"
NAME = "Hemligsson"
STRANGERS = ("charlie", "dora")
RUN = uuid.UUID(int=1)  # of letters
VERSION = 7_000_000  # of the draft's text
INSERTION = 8_000_000  # of a passage of the library
SLOT = f"{TEXT}.text"  # the draft's text
LIST = uuid.UUID(int=2)  # a saved one
EXPORT = uuid.UUID(int=3)  # of the member list


@dataclass
class Things:
    """What branch A owns: a draft, a sent mailing, one that waits for approval, a practice, a recipient, an
    unpublished picture, minutes in the library, and a row per staff screen.
    """

    draft: Mailing
    sent: Mailing
    waiting: Mailing
    practice: Mailing
    recipient: Recipient
    member: Member
    picture: Picture
    user: int
    unit: int
    mandate: int
    device: int
    passkey: int
    minutes: MinutesPage


def make_things(union) -> Things:
    mandate = union.mandate(union.alice)
    member = make_member("Åsa", NAME, placed=[union.branch_a])
    template = make_template()
    draft = make_draft(mandate, template=template, subject=f"{SECRET} utkast")
    sent = make_draft(mandate, template=template, subject=f"{SECRET} skickad")
    practice = make_draft(mandate, template=template, subject=f"{SECRET} övning")
    Mailing.unscoped.filter(pk=practice.pk).update(practice=True)
    Mailing.unscoped.filter(pk=sent.pk).update(
        state=MailingState.DONE, confirmed_at=timezone.now(), confirmed_by=mandate.user, finished_at=timezone.now()
    )
    waiting = make_draft(mandate, template=template, subject=f"{SECRET} väntar")
    Mailing.unscoped.filter(pk=waiting.pk).update(
        state=MailingState.AWAITING_APPROVAL, asked_at=timezone.now(), approver=mandate.user
    )
    Rendition.objects.create(
        mailing=sent, language="sv", subject=SECRET, html="<p>Hej</p>", text="Hej", pdf=b"%PDF-1.7", pdf_name="a.pdf",
        prints={"poster_a4": "<html lang=sv><title>Hej</title><body><p>Hej"},
    )  # fmt: skip
    now = timezone.now()
    words = {"subject": SECRET, "preheader": "", "values": {}, "translations": {}}
    draft.versions.create(pk=VERSION, by=mandate.user, began_at=now, at=now, words=words)
    Insertion.objects.create(
        pk=INSERTION, mailing=draft, slot=SLOT, language="sv", block="answer", title=SECRET, html="<p>Hej</p>",
        digest="c" * 64, at=now, by=mandate.user,
    )  # fmt: skip
    SavedList.objects.create(unit=mandate.unit, role=mandate.role, name="Lista", by=mandate.user, public_id=LIST)
    RolePower.objects.create(role=mandate.role, power="export", allowed=True)
    ListExport.objects.create(
        by=mandate.user, mandate=mandate, public_id=EXPORT, reason=SECRET, members=[member.pk], count=1, created_at=now,
        expires_at=now + KEPT,
    )  # fmt: skip
    LetterRun.objects.create(mailing=sent, by=mandate.user, public_id=RUN, expires_at=timezone.now() + KEPT)
    for mailing in (draft, sent):
        Enclosure.objects.create(
            mailing=mailing, n=1, name=f"{SECRET}.pdf", content_type="application/pdf", content=b"%PDF-1.7", size=8,
            sha256="b" * 64, added_at=timezone.now(), added_by=mandate.user,
        )  # fmt: skip
    recipient = Recipient.unscoped.create(
        mailing=sent, member=member, language="sv", address=member.email, state=RecipientState.SENT
    )
    picture = Picture.objects.create(sha256="a" * 64, content=b"x", content_type="image/png", width=1, height=1)
    device = UserSession.objects.create(user=mandate.user, session_key="x", ip="192.0.2.7", user_agent="Firefox")
    passkey = Authenticator.objects.create(user=mandate.user, type="webauthn", data={"name": SECRET, "credential": {}})
    shelf = put(ShelfPage(title="Möten"), under=HomePage.objects.get())
    minutes = make_minutes(
        SECRET, under=shelf, units=(mandate.unit,), body=[figure()],
        attachments=[Attachment(document=document(SECRET), name=f"{SECRET}.pdf")],
    )  # fmt: skip
    return Things(
        draft, sent, waiting, practice, recipient, member, picture, mandate.user_id, mandate.unit_id, mandate.pk,
        device.pk, passkey.pk, minutes,
    )  # fmt: skip


kept_things, things = kept("things", make_things, "union")


# --- the table ------------------------------------------------------------------------------------------------------
Build = Callable[[Things], list[str]]


def of_mailing(path: str) -> Build:
    """The address for a draft and for a sent mailing."""
    return lambda things: [f"/invitations/{one.public_id}/{path}" for one in (things.draft, things.sent)]


def of_any(path: str) -> Build:
    """The same, for a practice too."""
    return lambda things: [*of_mailing(path)(things), f"/invitations/{things.practice.public_id}/{path}"]


def of_waiting(path: str) -> Build:
    """The address for a mailing that waits for Alice's approval."""
    return lambda things: [f"/invitations/{things.waiting.public_id}/{path}"]


def of_member(path: str) -> Build:
    """The same, for one of those who get it."""
    return lambda things: of_mailing(path.format(member=things.member.public_id))(things)


def file_of(things: Things) -> str:
    return f"files/{things.minutes.attachments.get().public_id}/"


def picture_of(things: Things) -> str:
    return f"pictures/{things.minutes.body[0].value['image'].pk}/"


ONE_WISH, DOES = "<uuid:public_id>/", ("carry-out", "refuse", "copy")


def of_wish(path: str) -> Build:
    def build(things: Things) -> list[str]:
        wish = choices.wish(things.member, "copy", now=timezone.now())
        return [f"/members/wishes/{path.replace(ONE_WISH, f'{wish.public_id}/')}"]

    return build


RIGHTS, DO = "members/rights/<uuid:public_id>/", ("copy", "correct", "release", "pause", "go-on", "take-out")


def of_rights(path: str) -> Build:
    return lambda things: [f"/members/rights/{things.member.public_id}/{path}"]


def of_staff(path: str, **names: str) -> Build:
    return lambda things: ["/staff/" + path.format(**{key: getattr(things, name) for key, name in names.items()})]


def at(path: str) -> Build:
    return lambda things: [path]


def of_template(path: str) -> Build:
    """A template, as Alice's mandate sees it."""
    return lambda things: [f"/invitations/new/{things.draft.template_id}/{things.draft.mandate.public_id}/{path}"]


ONE = "invitations/<uuid:public_id>/"
LOOK = "invitations/new/<int:template>/<uuid:mandate>/"
OF_A_MAILING: dict[str, Build] = {
    ONE: of_any(""),
    f"{ONE}text/": of_any("text/"),
    f"{ONE}save/": of_any("save/"),
    f"{ONE}adopt/": of_mailing("adopt/"),
    f"{ONE}library/": of_any(f"library/?slot={SLOT}"),
    f"{ONE}library/insert/": of_any("library/insert/"),
    f"{ONE}library/<int:number>/take/": of_mailing(f"library/{INSERTION}/take/"),
    f"{ONE}library/<int:number>/keep/": of_mailing(f"library/{INSERTION}/keep/"),
    f"{ONE}versions/": of_any("versions/"),
    f"{ONE}versions/<int:number>/": of_mailing(f"versions/{VERSION}/"),
    f"{ONE}versions/<int:number>/get-back/": of_mailing(f"versions/{VERSION}/get-back/"),
    f"{ONE}preview/": of_any("preview/"),
    f"{ONE}preview/as/": of_any("preview/as/"),
    f"{ONE}preview/as/<uuid:member>/": of_member("preview/as/{member}/"),
    f"{ONE}preview/as/<uuid:member>/frame/": of_member("preview/as/{member}/frame/"),
    f"{ONE}preview/<slug:face>/": of_mailing("preview/text/"),
    f"{ONE}frame/": of_any("frame/"),
    f"{ONE}frame/dark/": of_mailing("frame/dark/"),
    f"{ONE}frame/images-off/": of_mailing("frame/images-off/"),
    f"{ONE}proof/<slug:name>/": of_mailing("proof/poster-a4/"),
    f"{ONE}recipients/": of_any("recipients/"),
    f"{ONE}recipients/narrow/": of_any("recipients/narrow/"),
    f"{ONE}recipients/everybody/": of_mailing("recipients/everybody/"),
    f"{ONE}recipients/<slug:reason>/": of_mailing("recipients/no_address/"),
    f"{ONE}lists/keep/": of_mailing("lists/keep/"),
    f"{ONE}lists/<uuid:key>/use/": of_mailing(f"lists/{LIST}/use/"),
    f"{ONE}lists/<uuid:key>/rename/": of_mailing(f"lists/{LIST}/rename/"),
    f"{ONE}lists/<uuid:key>/delete/": of_mailing(f"lists/{LIST}/delete/"),
    f"{ONE}lists/<uuid:key>/restore/": of_mailing(f"lists/{LIST}/restore/"),
    f"{ONE}check/": of_any("check/"),
    f"{ONE}discretion/": of_any("discretion/"),
    f"{ONE}test/": of_any("test/"),
    f"{ONE}take-over/": of_any("take-over/"),
    f"{ONE}confirm/": of_any("confirm/"),
    f"{ONE}ask/": of_mailing("ask/"),
    f"{ONE}take-back/": of_mailing("take-back/"),
    f"{ONE}send-now/": of_mailing("send-now/"),
    f"{ONE}approval/": of_waiting("approval/"),
    f"{ONE}approval/frame/": of_waiting("approval/frame/"),
    f"{ONE}approve/": of_waiting("approve/"),
    f"{ONE}send-back/": of_waiting("send-back/"),
    f"{ONE}undo/": of_any("undo/"),
    f"{ONE}pause/": of_mailing("pause/"),
    f"{ONE}resume/": of_mailing("resume/"),
    f"{ONE}cancel/": of_mailing("cancel/"),
    f"{ONE}returned/": of_mailing("returned/"),
    f"{ONE}practice/delete/": lambda things: [f"/invitations/{things.practice.public_id}/practice/delete/"],
    f"{ONE}correct/": of_mailing("correct/"),
    f"{ONE}again/": of_mailing("again/"),
    f"{ONE}again/create/": of_mailing("again/create/"),
    f"{ONE}days/": of_mailing("days/"),
    f"{ONE}pdf/": of_mailing("pdf/"),
    f"{ONE}prints/<slug:name>/": of_mailing("prints/poster-a4/"),
    f"{ONE}letters/": of_mailing("letters/"),
    f"{ONE}letters/order/": of_mailing("letters/order/"),
    f"{ONE}letters/<uuid:run>/": of_mailing(f"letters/{RUN}/"),
    f"{ONE}call/": of_mailing("call/"),
    f"{ONE}read/": of_mailing("read/"),
    f"{ONE}read/frame/": of_mailing("read/frame/"),
    f"{ONE}documents/add/": of_any("documents/add/"),
    f"{ONE}documents/<int:n>/": of_mailing("documents/1/"),
    f"{ONE}documents/<int:n>/remove/": of_mailing("documents/1/remove/"),
    f"{ONE}documents/<int:n>/put-back/": of_mailing("documents/1/put-back/"),
}
OF_A_MANDATE: dict[str, Build] = {
    "pledge/<uuid:mandate>/": lambda things: [f"/pledge/{things.draft.mandate.public_id}/"],
}
OF_A_MEMBER: dict[str, Build] = {
    "members/<uuid:public_id>/": lambda things: [f"/members/{things.member.public_id}/"],
    "members/<uuid:public_id>/contact/": lambda things: [f"/members/{things.member.public_id}/contact/"],
}
OF_AN_EXPORT: dict[str, Build] = {  # of whoever ordered it, and nobody else
    "members/export/<uuid:export>/": at(f"/members/export/{EXPORT}/"),
    "members/export/<uuid:export>/file/": at(f"/members/export/{EXPORT}/file/"),
}
OF_THE_LIBRARY: dict[str, Build] = {  # what branch A reads and others do not
    "library/<uuid:page>/": lambda things: [f"/library/{things.minutes.public_id}/"],
    "library/<uuid:page>/verdict/": lambda things: [f"/library/{things.minutes.public_id}/verdict/"],
    "library/<uuid:page>/files/<uuid:file>/": lambda things: [f"/library/{things.minutes.public_id}/{file_of(things)}"],
    "library/<uuid:page>/pictures/<int:image>/": lambda things: [
        f"/library/{things.minutes.public_id}/{picture_of(things)}"
    ],
}
OPEN_TO_ALL: dict[str, Build] = {  # and only what staff have opened: the minutes are not
    "open/<uuid:page>/": lambda things: [f"/open/{things.minutes.public_id}/"],
    "open/<uuid:page>/files/<uuid:file>/": lambda things: [f"/open/{things.minutes.public_id}/{file_of(things)}"],
    "open/<uuid:page>/pictures/<int:image>/": lambda things: [f"/open/{things.minutes.public_id}/{picture_of(things)}"],
}
OF_BRANCH_A = {**OF_A_MAILING, **OF_A_MANDATE, **OF_A_MEMBER, **OF_AN_EXPORT, **OF_THE_LIBRARY}
OF_MY_MANDATES: dict[str, Build] = {  # names nothing; what it shows is the caller's own
    "invitations/": at("/invitations/"),
    "invitations/new/": at("/invitations/new/"),
    "invitations/create/": at("/invitations/create/"),
    "library/": at("/library/"),
    "library/told/": at("/library/told/"),
    "library/search/": at("/library/search/?q=kallelse"),
    "library/suggest/": at("/library/suggest/?q=kallelse"),
    "practice/": at("/practice/"),
    "practice/create/": at("/practice/create/"),
    "members/": at("/members/"),
    "members/search/": at("/members/search/"),
    "members/export/": at("/members/export/"),
    "members/export/order/": at("/members/export/order/"),
    f"{LOOK}": of_template(""),
    f"{LOOK}sample/": of_template("sample/"),
    f"{LOOK}thumbnail.png": of_template("thumbnail.png"),
}
OF_MYSELF: dict[str, Build] = {  # answers without a mandate
    "": at("/"),
    "account/": at("/account/"),
    "account/back/": at("/account/back/"),
    "account/password/": at("/account/password/"),
    "help/": at("/help/"),
    "help/<slug:screen>/": at("/help/write/"),
    "guide/<int:number>/": at("/guide/1/"),
    "account/phone/": at("/account/phone/"),
    "account/devices/": at("/account/devices/"),
    "account/second-step/": at("/account/second-step/"),
    "account/second-step/app/": at("/account/second-step/app/"),
    "account/passkeys/new/": at("/account/passkeys/new/"),
}
OF_MY_ACCOUNT: dict[str, Build] = {  # a step of something begun, or a thing of Alice's that others cannot change
    "guide/done/": at("/guide/done/"),
    "account/phone/code/": at("/account/phone/code/"),
    "account/devices/<int:pk>/end/": lambda things: [f"/account/devices/{things.device}/end/"],
    "account/devices/end-others/": at("/account/devices/end-others/"),
    "account/second-step/app/remove/": at("/account/second-step/app/remove/"),
    "account/second-step/codes/": at("/account/second-step/codes/"),
    "account/passkeys/offer/": at("/account/passkeys/offer/"),
    "account/passkeys/<int:pk>/": lambda things: [f"/account/passkeys/{things.passkey}/"],
    "account/passkeys/<int:pk>/remove/": lambda things: [f"/account/passkeys/{things.passkey}/remove/"],
}
OF_STAFF: dict[str, Build] = {
    "staff/": of_staff(""),
    "staff/users/": of_staff("users/"),
    "staff/users/new/": of_staff("users/new/"),
    "staff/users/<int:pk>/": of_staff("users/{pk}/", pk="user"),
    "staff/users/<int:pk>/edit/": of_staff("users/{pk}/edit/", pk="user"),
    "staff/users/<int:pk>/end/": of_staff("users/{pk}/end/", pk="user"),
    "staff/users/<int:pk>/reopen/": of_staff("users/{pk}/reopen/", pk="user"),
    "staff/users/<int:pk>/invite/": of_staff("users/{pk}/invite/", pk="user"),
    "staff/users/<int:pk>/mandate/": of_staff("users/{pk}/mandate/", pk="user"),
    "staff/users/<int:pk>/mandate/<int:unit>/": of_staff("users/{pk}/mandate/{unit}/", pk="user", unit="unit"),
    "staff/mandates/": of_staff("mandates/"),
    "staff/mandates/<int:pk>/end/": of_staff("mandates/{pk}/end/", pk="mandate"),
    "staff/units/": of_staff("units/"),
    "staff/units/employer/": of_staff("units/employer/"),
    "staff/units/<int:pk>/": of_staff("units/{pk}/", pk="unit"),
    "staff/units/<int:pk>/new/": of_staff("units/{pk}/new/", pk="unit"),
    "staff/units/<int:pk>/edit/": of_staff("units/{pk}/edit/", pk="unit"),
    "staff/units/<int:pk>/close/": of_staff("units/{pk}/close/", pk="unit"),
    "staff/roles/": of_staff("roles/"),
    "staff/roles/<int:pk>/give/": of_staff("roles/{pk}/give/", pk="user"),
    "staff/roles/<int:pk>/end/": of_staff("roles/{pk}/end/", pk="user"),
    "staff/roles/<int:pk>/edit/": of_staff("roles/{pk}/edit/", pk="user"),
    "staff/roles/<int:pk>/stop/": of_staff("roles/{pk}/stop/", pk="user"),
    "members/powers/": at("/members/powers/"),
    "members/powers/<slug:role>/give/": at("/members/powers/deputy/give/"),
    "members/powers/<slug:role>/end/": at("/members/powers/deputy/end/"),
    **{f"members/wishes/{path}": of_wish(path) for path in ("", ONE_WISH, *(f"{ONE_WISH}{do}/" for do in DOES))},
    "members/looks/": at("/members/looks/"),
    "members/looks/by/<int:pk>/": lambda things: [f"/members/looks/by/{things.user}/"],
    "members/<uuid:public_id>/looks/": lambda things: [f"/members/{things.member.public_id}/looks/"],
    "members/rights/find/": at("/members/rights/find/"),
    **{f"{RIGHTS}{path}": of_rights(path) for path in ("", *(f"{do}/" for do in DO))},
    "staff/sender/": of_staff("sender/"),
    "staff/sender/look/": of_staff("sender/look/"),
    "staff/post/": of_staff("post/"),
    "staff/post/kept/": of_staff("post/kept/"),
    "staff/post/stop/": of_staff("post/stop/"),
    "staff/post/go-on/": of_staff("post/go-on/"),
}
BY_TOKEN = {  # address -> the purpose its token is sealed for
    "m/<str:token>/": ("/m/{token}/", "web"),
    "p/<str:token>/": ("/p/{token}/", "page"),
    "d/<str:token>/<int:n>/": ("/d/{token}/1/", "documents"),
    "u/<str:token>/": ("/u/{token}/", "unsubscribe"),
    "u/<str:token>/undo/": ("/u/{token}/undo/", "unsubscribe"),
    "u/<str:token>/choices/": ("/u/{token}/choices/", "unsubscribe"),
    "u/<str:token>/choices/undo/": ("/u/{token}/choices/undo/", "unsubscribe"),
    "u/<str:token>/write-again/": ("/u/{token}/write-again/", "unsubscribe"),
    "u/<str:token>/wish/<slug:kind>/": ("/u/{token}/wish/erase/", "unsubscribe"),
    "u/<str:token>/wish/<uuid:public_id>/back/": (f"/u/{{token}}/wish/{uuid.UUID(int=3)}/back/", "unsubscribe"),
}
FILES: dict[str, Build] = {  # nobody signed out gets one that is not published
    r"^i/(?P<sha256>[0-9a-f]{64})\.(?P<ending>jpg|png)$": lambda things: [f"/i/{things.picture.sha256}.png"],
    "media/<path:path>": at("/media/original_images/secret.jpg"),
}
THIS_MACHINE_ONLY: dict[str, Build] = {  # and only while mail is written to files
    "outbox/": at("/outbox/"),
    "outbox/mail/": at("/outbox/mail/"),
    "outbox/mail/html/": at("/outbox/mail/html/"),
    "outbox/mail/attachment/": at("/outbox/mail/attachment/"),
}
OF_PROVIDERS: dict[str, Build] = {"webhooks/<path:path>": at("/webhooks/mailgun/tracking/")}  # and only configured ones
FOR_EVERYBODY = {
    "language/",
    "healthz",
    "readyz",
    "manifest.webmanifest",
    "worker.js",
    "offline/",
}  # say nothing about anybody
BY_KEY = {"metrics"}  # of a setting
GUARDED_BY_OTHERS = ("admin/", "accounts/")  # Wagtail's and allauth's own pages

TABLE = {
    *OF_BRANCH_A, *OF_MY_MANDATES, *OF_MYSELF, *OF_MY_ACCOUNT, *OF_STAFF, *BY_TOKEN, *FILES,
    *THIS_MACHINE_ONLY, *OPEN_TO_ALL,
    *FOR_EVERYBODY, *BY_KEY, *OF_PROVIDERS,
}  # fmt: skip


# --- the tries ------------------------------------------------------------------------------------------------------
def tries(client: Client, address: str) -> dict[str, Any]:
    return {method: getattr(client, method)(address) for method in METHODS}


def statuses(client: Client, address: str) -> dict[str, int]:
    return {method: reply.status_code for method, reply in tries(client, address).items()}


def all_404() -> dict[str, int]:
    return dict.fromkeys(METHODS, 404)


def turned_away(reply: Any) -> bool:
    return reply.status_code == 404 or (reply.status_code == 302 and reply.url.startswith("/accounts/login/"))


def test_every_url_is_in_the_table():
    known = {route for route, _pattern in patterns() if not route.startswith(GUARDED_BY_OTHERS)}
    assert known - TABLE == set(), "say here whom the new URL serves"
    assert TABLE - known == set(), "these URLs no longer exist"


@pytest.mark.parametrize("route", OF_BRANCH_A)
def test_what_branch_a_has_does_not_exist_for_others(route, union, things, sign_in, client):
    for address in OF_BRANCH_A[route](things):
        for stranger in STRANGERS:
            assert statuses(sign_in(getattr(union, stranger)), address) == all_404(), (stranger, address)
        assert all(turned_away(reply) for reply in tries(client, address).values()), address


@pytest.mark.parametrize("route", OF_BRANCH_A)
def test_the_same_door_opens_for_alice(route, union, things, sign_in):
    """Otherwise the test above would prove nothing."""
    addresses = OF_BRANCH_A[route](things)
    opened = [sign_in(union.alice).get(address).status_code for address in addresses]
    assert set(opened) & {200, 302, 405}, opened


@pytest.mark.parametrize("route", OF_MY_MANDATES)
def test_lists_show_nothing_of_another_branch_and_end_with_the_mandate(route, union, things, sign_in, client):
    for address in OF_MY_MANDATES[route](things):
        for reply in tries(sign_in(union.charlie), address).values():
            assert SECRET not in reply.content.decode()
            assert NAME not in reply.content.decode()
        assert statuses(sign_in(union.dora), address) == all_404()
        assert all(turned_away(reply) for reply in tries(client, address).values())


@pytest.mark.parametrize("route", OF_MYSELF)
def test_home_and_account_answer_and_show_nothing_of_others(route, union, things, sign_in, client):
    for address in OF_MYSELF[route](things):
        for stranger in STRANGERS:
            reply = sign_in(getattr(union, stranger)).get(address)
            assert reply.status_code == 200
            assert SECRET not in reply.content.decode()
        assert all(turned_away(reply) for reply in tries(client, address).values())


@pytest.mark.parametrize("route", OF_MY_ACCOUNT)
def test_nobody_ends_or_changes_what_protects_another_account(route, union, things, sign_in, client):
    for address in OF_MY_ACCOUNT[route](things):
        for stranger in STRANGERS:
            replies = tries(sign_in(getattr(union, stranger)), address)
            assert all(SECRET not in reply.content.decode() for reply in replies.values())
        assert all(turned_away(reply) for reply in tries(client, address).values())
    assert UserSession.objects.filter(pk=things.device).exists()
    assert Authenticator.objects.filter(pk=things.passkey).exists()


def test_the_home_page_of_an_ended_mandate_says_so(union, things, sign_in):
    page = sign_in(union.dora).get("/")
    assert page.templates[0].name == "mailings/ended.html"
    assert page.context["last"] == union.mandate(union.dora)


@pytest.mark.parametrize("route", OF_STAFF)
def test_staff_screens_do_not_exist_for_representatives(route, union, things, sign_in, client):
    for address in OF_STAFF[route](things):
        for stranger in ("alice", "bob", *STRANGERS):
            assert statuses(sign_in(getattr(union, stranger)), address) == all_404(), (stranger, address)
        assert all(turned_away(reply) for reply in tries(client, address).values())


@pytest.mark.parametrize("route", BY_TOKEN)
def test_forged_tokens_open_nothing(route, things, client):
    address, purpose = BY_TOKEN[route]
    right = seal(purpose, things.recipient.public_id.bytes)
    other = "unsubscribe" if purpose == "web" else "web"
    flipped = right[:-1] + ("A" if right[-1] != "A" else "B")
    forged = ["x", "0" * 40, right[:-2], flipped, seal(other, things.recipient.public_id.bytes), right + "=="]
    for token in forged:
        assert set(statuses(client, address.format(token=token)).values()) <= {404, 405}, token
        assert client.get(address.format(token=token)).status_code in {404, 405}


@pytest.mark.parametrize("route", FILES)
def test_files_are_not_for_the_signed_out(route, things, client):
    for address in FILES[route](things):
        assert set(statuses(client, address).values()) <= {404, 405}
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("route", OPEN_TO_ALL)
def test_what_is_not_open_to_all_is_not_there_until_it_is(route, union, things, sign_in, client):
    """Not for anybody, not even for those who may read it where they are signed in."""
    (address,) = OPEN_TO_ALL[route](things)
    for visitor in (client, sign_in(union.alice), sign_in(union.charlie)):
        assert set(statuses(visitor, address).values()) <= {404, 405}
        assert visitor.get(address).status_code == 404
    things.minutes.open_to_all = True
    things.minutes.save_revision().publish()
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("route", THIS_MACHINE_ONLY)
def test_the_outbox_is_for_the_person_at_this_machine(route, things, client, settings):
    for address in THIS_MACHINE_ONLY[route](things):
        assert client.get(address, REMOTE_ADDR="192.0.2.7").status_code == 404
        settings.MAIL_TRANSPORT = "smtp"
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("route", OF_PROVIDERS)
def test_webhooks_of_providers_nobody_configured_do_not_exist(route, things, union, sign_in, client):
    for address in OF_PROVIDERS[route](things):
        for caller in (client, sign_in(union.alice)):
            assert statuses(caller, address) == all_404()


@pytest.mark.parametrize("route", sorted(BY_KEY))
def test_without_the_key_there_is_no_such_page(route, union, sign_in, client, settings):
    for token in ("", "the-right-key"):
        settings.METRICS_TOKEN = token
        for visitor in (client, sign_in(union.alice), sign_in(union.sara)):
            assert set(statuses(visitor, f"/{route}").values()) <= {404, 405}
            assert visitor.get(f"/{route}", headers={"authorization": "Bearer wrong"}).status_code == 404


@pytest.mark.parametrize("person", ["alice", "bob", *STRANGERS])
def test_representatives_have_no_admin(person, union, sign_in):
    for address in ("/admin/", "/admin/snippets/", "/admin/users/"):
        assert turned_away(sign_in(getattr(union, person)).get(address)), address
