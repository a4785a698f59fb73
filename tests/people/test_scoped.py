import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from django.urls import include, path
from django.utils import timezone

from comms.people.checks import urls_say_whom_they_serve
from comms.people.scope import Scope
from comms.people.scoped import public, scoped


@scoped
def list_members(request, scope, *, which="all"):
    return HttpResponse(f"{which}:{len(scope.mandates)}")


@scoped(staff=True)
def staff_room(request, scope):
    return HttpResponse("staff")


@scoped(without_mandate=True)
def home(request, scope):
    return HttpResponse("yours" if scope else "ended")


@public
def health(request):
    return HttpResponse("well")


def naked(request):
    return HttpResponse("oops")


@pytest.fixture
def ask(rf):
    def ask_(view, user, **arguments):
        request = rf.get("/where/?page=2")
        request.user = user
        return view(request, **arguments)

    return ask_


def test_the_view_gets_the_scope_of_the_signed_in_user(union, ask):
    assert ask(list_members, union.alice, which="mine").content == b"mine:1"


@pytest.mark.parametrize("view", [list_members, staff_room, home])
def test_anonymous_visitors_are_sent_to_sign_in_and_back(ask, view):
    answer = ask(view, AnonymousUser())
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/where/%3Fpage%3D2")


@pytest.mark.parametrize(("page", "leads_to"), [
    ("http://testserver/invitations/1/text/?language=nb", "/invitations/1/text/%3Flanguage%3Dnb"),
    ("https://evil.example.com/login/", "/where/"),
    ("", "/where/"),
])  # fmt: skip
def test_who_sent_a_form_signed_out_comes_back_to_the_page_it_stood_on(page, leads_to):
    request = RequestFactory().post("/where/", headers={"referer": page})
    request.user = AnonymousUser()
    assert home(request)["Location"] == f"/accounts/login/?next={leads_to}"


def test_without_a_mandate_there_is_nothing_to_see(union, ask):
    with pytest.raises(Http404):
        ask(list_members, union.dora)
    assert ask(home, union.dora).content == b"ended"
    assert ask(home, union.alice).content == b"yours"


@pytest.mark.parametrize("who", ["alice", "bob", "charlie", "dora"])
def test_the_staff_room_does_not_exist_for_others(union, ask, who):
    with pytest.raises(Http404):
        ask(staff_room, getattr(union, who))
    assert ask(staff_room, union.sara).content == b"staff"


def test_staff_below_the_root_are_not_staff_of_the_union(union, ask):
    union.sara.mandates.update(unit=union.region)
    with pytest.raises(Http404):
        ask(staff_room, union.sara)


def test_an_inactive_user_is_a_stranger(union, ask):
    union.alice.is_active = False
    with pytest.raises(Http404):
        ask(list_members, union.alice)


def test_public_pages_ask_for_nothing(ask):
    assert ask(health, AnonymousUser()).content == b"well"


def test_a_url_that_does_not_say_whom_it_serves_fails_the_check(settings):
    inner = [path("naked/", naked), path("members/", list_members)]
    settings.ROOT_URLCONF = type("Urls", (), {"urlpatterns": [
        path("health/", health), path("rooms/", include(inner)), path("admin/", include([path("theirs/", naked)])),
    ]})  # fmt: skip
    assert [(e.id, e.msg) for e in urls_say_whom_they_serve()] == [
        ("people.E001", "The URL 'rooms/naked/' is neither @scoped nor @public.")
    ]


def test_every_url_of_the_product_says_whom_it_serves():
    assert urls_say_whom_they_serve() == []


def test_a_scope_covers_its_units_and_what_lies_below(union):
    today = timezone.localdate()
    bob, sara = Scope.of(union.bob, on=today), Scope.of(union.sara, on=today)
    units = [union.root, union.region, union.branch_a, union.branch_b, union.employer, union.workplace]
    assert [bob.covers(unit) for unit in units] == [False, True, True, False, False, False]
    assert all(map(sara.covers, units))
    assert not any(map(Scope.of(union.dora, on=today).covers, units))


def test_a_mailing_is_sent_under_exactly_one_mandate(union):
    today = timezone.localdate()
    mandate = union.mandate(union.alice)
    assert Scope.of_mandate(mandate, on=today).mandates == (mandate.pk,)
    assert not Scope.of_mandate(union.mandate(union.dora), on=today)
