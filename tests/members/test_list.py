"""My members: the people of one mandate, narrowed by what the URL says, a page at a time, every look noted."""

from __future__ import annotations

import datetime
import re

import pytest
from django.utils import timezone

from comms.members import lists
from comms.people.models import Mandate, Member, RosterImport
from comms.people.scope import Scope
from comms.privacy.models import AccessLog
from tests.factories import make_mandate, make_member, make_unit
from tests.portal.test_shell import check


def names(page) -> list[str]:
    return [row.member.full_name for row in page.context["rows"]]


def text(page) -> str:
    return page.content.decode()


def turn(page, rel: str) -> str:
    """The address behind "next" or "prev"; "" without one."""
    found = re.search(rf'rel="{rel}" href="([^"]*)"', text(page))
    return "/members/" + found[1].replace("&amp;", "&") if found else ""


# --- whose list -----------------------------------------------------------------------------------------------------
def test_everybody_sees_the_members_of_their_own_mandate(union, sign_in):
    make_member("Anna", "A", placed=[union.branch_a])
    make_member("Britt", "B", placed=[union.branch_b])
    seen = {who: names(sign_in(getattr(union, who)).get("/members/")) for who in ("alice", "bob", "charlie", "sara")}
    assert seen == {"alice": ["Anna A"], "bob": ["Anna A"], "charlie": ["Britt B"], "sara": ["Anna A", "Britt B"]}


def test_with_the_mandate_the_list_ends(union, sign_in):
    make_member(placed=[union.branch_a])
    assert sign_in(union.dora).get("/members/").status_code == 404
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize("role", [role for role in Mandate.Role.values if role != "staff"])
def test_every_role_reads_lists_also_the_safety_representative(union, sign_in, role):
    Mandate.objects.filter(user=union.alice).update(role=role)
    make_member("Anna", "A", placed=[union.branch_a])
    assert names(sign_in(union.alice).get("/members/")) == ["Anna A"]


def test_with_several_mandates_one_chooses_which(union, sign_in):
    make_member("Anna", "A", placed=[union.branch_a])
    make_member("Vera", "V", placed=[union.workplace])
    second = make_mandate(union.alice, union.employer, role="safety")
    alice = sign_in(union.alice)
    assert names(alice.get("/members/")) == ["Anna A"]
    page = alice.get(f"/members/?mandate={second.public_id}")
    assert names(page) == ["Vera V"]
    assert f'href="?mandate={second.public_id}" aria-current="true"' in text(page)
    assert [row.mandate_id for row in AccessLog.objects.order_by("id")][1] == second.pk


def test_somebody_elses_mandate_or_an_ended_one_does_not_exist(union, sign_in):
    ended = make_mandate(union.alice, union.branch_b, end_in=-1)
    for other in (union.mandate(union.charlie), ended):
        assert sign_in(union.alice).get(f"/members/?mandate={other.public_id}").status_code == 404
    assert sign_in(union.alice).get("/members/?mandate=x").status_code == 404


def test_the_navigation_leads_there_for_those_who_have_members(union, sign_in):
    assert 'href="/members/"' in text(sign_in(union.alice).get("/"))
    assert 'href="/members/"' not in text(sign_in(union.dora).get("/"))


# --- what is shown --------------------------------------------------------------------------------------------------
def test_the_list_shows_name_and_job_and_nothing_to_reach_the_member_by(union, sign_in, employed, home):
    job = {"position": "Lärare", "employment": "temporary", "main_employer": True}
    employed("Åsa", "Öberg", branch=union.branch_a, at=home, job=job, mobile="+46701740605", street="Storgatan 1")
    page = sign_in(union.alice).get("/members/")
    (row,) = page.context["rows"]
    assert row.jobs[0].__getstate__() == ["Lärare", "temporary", True, "Hälsans hus", "Vård och omsorg", "Nordkommun"]
    for secret in ("@example.com", "+4670174", "701740605", "Storgatan", row.member.number):
        assert secret not in text(page)
    assert {"email", "mobile", "street"} <= row.member.get_deferred_fields()
    check(text(page))


def test_a_job_elsewhere_is_not_told(union, sign_in, employed):
    foreign = make_unit("Skolan", kind="workplace", under=make_unit("Sydkommun", kind="employer"))
    employed("Anna", "A", branch=union.branch_a, at=foreign, job={"position": "Rektor"})
    page = sign_in(union.alice).get("/members/")
    assert page.context["rows"][0].jobs == []
    assert "Sydkommun" not in text(page)
    assert names(sign_in(union.alice).get("/members/?position=Rektor")) == []
    assert page.context["form"].fields.keys() == {"q", "position", "employment", "employer", "workplace"}


def test_cards_on_phones_name_each_cell(union, sign_in, employed):
    employed("Anna", "A", branch=union.branch_a, at=union.workplace, job={"position": "Lärare"})
    cells = re.findall(r"<td data-label=\"([^\"]+)\"", text(sign_in(union.sara).get("/members/")))
    assert len(set(cells)) == 5


# --- narrowing ------------------------------------------------------------------------------------------------------
@pytest.fixture
def staffed(union, employed, home):
    """Three people at two workplaces of branch A's employer, one without a job."""
    lead = {"position": "Förskollärare", "employment": "permanent", "main_employer": True}
    temp = {"position": "Undersköterska", "employment": "temporary"}
    employed("Anna", "Ek", branch=union.branch_a, at=union.workplace, job=lead, number="7001")
    employed("Bo", "Ask", branch=union.branch_a, at=home, job=lead, number="7002")
    employed("Cia", "Öd", branch=union.branch_a, at=home, job=temp, number="8003")
    make_member("Dan", "Al", placed=[union.branch_a], number="9004")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Dan Al", "Bo Ask", "Anna Ek", "Cia Öd"]),
        ("employer={employer}", ["Bo Ask", "Anna Ek", "Cia Öd"]),
        ("mid_level={mid_level}", ["Bo Ask", "Cia Öd"]),
        ("workplace={workplace}", ["Anna Ek"]),
        ("position=SKÖTERSKA", ["Cia Öd"]),
        ("employment=permanent", ["Bo Ask", "Anna Ek"]),
        ("employment=permanent&mid_level={mid_level}", ["Bo Ask"]),
        ("employment=temporary&workplace={workplace}", []),
        ("workplace=999999", ["Dan Al", "Bo Ask", "Anna Ek", "Cia Öd"]),  # not there: as if it had not been said
        ("workplace={branch_b}", ["Dan Al", "Bo Ask", "Anna Ek", "Cia Öd"]),
        ("employment=nonsense", ["Dan Al", "Bo Ask", "Anna Ek", "Cia Öd"]),
    ],
)
def test_filters_in_the_url_narrow_the_list(union, sign_in, staffed, mid_level, query, expected):
    ids = {name: getattr(union, name).pk for name in ("employer", "workplace", "branch_b")}
    page = sign_in(union.alice).get("/members/?" + query.format(**ids, mid_level=mid_level.pk))
    assert names(page) == expected
    assert (page.context["found"].matching, page.context["found"].total) == (len(expected), 4)


def test_all_that_is_asked_must_hold_of_one_job(union, sign_in, employed, home):
    anna = employed("Anna", "Ek", branch=union.branch_a, at=union.workplace, job={"employment": "permanent"})
    anna.placements.create(unit=home, start=datetime.date(2020, 1, 1), employment="temporary")
    at_home = f"workplace={home.pk}&employment="
    assert names(sign_in(union.alice).get(f"/members/?{at_home}permanent")) == []
    assert names(sign_in(union.alice).get(f"/members/?{at_home}temporary")) == ["Anna Ek"]


def test_the_count_says_why_it_is_shorter_and_each_reason_can_be_taken_away(union, sign_in, staffed, mid_level):
    page = sign_in(union.alice).get(f"/members/?employment=permanent&mid_level={mid_level.pk}")
    assert next(words for words, _rest in page.context["reasons"]) == "Vård och omsorg"
    assert [rest for _words, rest in page.context["reasons"]] == ["employment=permanent", f"mid_level={mid_level.pk}"]
    assert re.search(r"<b>1</b> \w+ 4 ", text(page))


def test_of_very_many_places_the_employer_is_chosen_first(union, sign_in, staffed, monkeypatch):
    monkeypatch.setattr("comms.members.forms.OFFERED", 1)
    page = sign_in(union.alice).get("/members/")
    assert "workplace" not in page.context["form"].fields
    assert page.context["form"].too_many


# --- searching ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "expected"),
    [("ek", ["Anna Ek"]), ("öd", ["Cia Öd"]), ("cia ÖD", ["Cia Öd"]), ("700", ["Bo Ask", "Anna Ek"]), ("%", [])],
)
def test_a_search_finds_names_and_numbers(union, sign_in, staffed, words, expected):
    assert names(sign_in(union.alice).post("/members/search/", {"q": words}, follow=True)) == expected


def test_what_was_searched_for_is_in_no_address(union, sign_in, staffed):
    alice = sign_in(union.alice)
    answer = alice.post("/members/search/", {"q": "Öd", "employment": "temporary", "workplace": ""})
    assert re.fullmatch(r"/members/\?employment=temporary&search=[\w-]{8}", answer["Location"])
    page = alice.get(answer["Location"])
    assert names(page) == ["Cia Öd"]
    assert 'value="Öd"' in text(page)
    assert names(alice.get("/members/?employment=temporary")) == ["Cia Öd"]
    assert len(names(sign_in(union.alice).get(answer["Location"]))) == 1  # another session does not know the words


def test_two_searches_do_not_disturb_each_other(union, sign_in, staffed):
    alice = sign_in(union.alice)
    first, second = (alice.post("/members/search/", {"q": words})["Location"] for words in ("Ek", "Ask"))
    assert (names(alice.get(first)), names(alice.get(second))) == (["Anna Ek"], ["Bo Ask"])


def test_a_search_reaches_nobody_outside_the_mandate(union, sign_in, staffed):
    assert names(sign_in(union.charlie).post("/members/search/", {"q": "Ek"}, follow=True)) == []


# --- pages ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def short_pages(monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 3)


def walk(client, path: str, rel: str) -> list[list[str]]:
    """The numbers on each page, following "next" or "prev" to the end."""
    pages = []
    while path:
        page = client.get(path)
        pages.append([row.member.number for row in page.context["rows"]])
        path = turn(page, rel)
    return pages


@pytest.fixture
def crowd(union) -> list[str]:
    """Ten people, six of them with the same name; their numbers in the order of the list."""
    spelled = ["Zorn", "Åberg", "Ärlig", "Öman"]
    members = [make_member("Anna", "Lind", placed=[union.branch_a, union.workplace]) for _ in range(6)]
    members += [make_member("Eva", last, placed=[union.branch_a]) for last in spelled]
    return list(Member.unscoped.by_name().values_list("number", flat=True))


@pytest.mark.parametrize("sizes", [(10**6, 10**6), (0, 10**6), (0, 0)], ids=["sorted", "gathered", "one by one"])
def test_pages_show_everybody_once_in_both_directions(union, sign_in, crowd, short_pages, monkeypatch, sizes):
    monkeypatch.setattr(lists, "SORTED", sizes[0])
    monkeypatch.setattr(lists, "GATHERED", sizes[1])
    alice = sign_in(union.alice)
    pages = walk(alice, "/members/", "next")
    assert pages == [crowd[0:3], crowd[3:6], crowd[6:9], crowd[9:]]
    last = "/members/"
    while following := turn(alice.get(last), "next"):
        last = following
    assert walk(alice, last, "prev") == pages[::-1]


def test_who_joins_or_leaves_meanwhile_shifts_nothing(union, sign_in, crowd, short_pages):
    alice = sign_in(union.alice)
    following = turn(alice.get("/members/"), "next")
    Member.unscoped.filter(number=crowd[0]).update(left_on=timezone.localdate())
    make_member("Aron", "Alm", placed=[union.branch_a])
    assert [row.member.number for row in alice.get(following).context["rows"]] == crowd[3:6]


def test_the_address_of_a_page_names_nobody_and_cannot_be_made_up(union, sign_in, crowd, short_pages):
    alice = sign_in(union.alice)
    following = turn(alice.get("/members/"), "next")
    assert "Lind" not in following
    for forged in (following[:-1] + ("A" if following[-1] != "A" else "B"), "/members/?after=x", "/members/?before=x"):
        assert [row.member.number for row in alice.get(forged).context["rows"]] == crowd[:3]


def test_when_the_person_at_the_turn_is_erased_the_list_begins_anew(union, sign_in, crowd, short_pages):
    alice = sign_in(union.alice)
    following = turn(alice.get("/members/"), "next")
    Member.unscoped.filter(number=crowd[2]).update(erased_at=timezone.now(), last_name="", first_name="")
    assert [row.member.number for row in alice.get(following).context["rows"]] == [crowd[0], crowd[1], crowd[3]]


def test_pages_keep_the_filters(union, sign_in, crowd, short_pages):
    page = sign_in(union.alice).get(f"/members/?workplace={union.workplace.pk}")
    assert f"workplace={union.workplace.pk}" in turn(page, "next")


def test_a_large_count_is_remembered_and_a_small_one_never(union, sign_in, crowd, monkeypatch):
    alice = sign_in(union.alice)
    assert alice.get("/members/").context["found"].total == 10
    Member.unscoped.filter(number=crowd[0]).update(left_on=timezone.localdate())
    assert alice.get("/members/").context["found"].total == 9
    monkeypatch.setattr(lists, "EXACT", 5)
    assert alice.get("/members/").context["found"].total == 9
    Member.unscoped.filter(number=crowd[1]).update(left_on=timezone.localdate())
    assert alice.get("/members/").context["found"].total == 9
    assert sign_in(union.charlie).get("/members/").context["found"].total == 0


# --- how old --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("days", "stale"), [(6, False), (8, True)])
def test_every_list_says_how_old_it_is_and_warns_when_it_is_stale(union, sign_in, days, stale):
    as_of = timezone.now() - datetime.timedelta(days=days)
    RosterImport.objects.create(covers=union.region, as_of=as_of, sha256="a")
    page = sign_in(union.alice).get("/members/")
    assert page.context["as_of"] == as_of
    assert ('class="notice warning"' in text(page)) is stale


def test_a_file_for_the_whole_union_covers_employers_too(union, sign_in):
    RosterImport.objects.create(covers=union.root, as_of=timezone.now(), sha256="a")
    make_mandate(union.charlie, union.employer)
    employer = union.charlie.mandates.last()
    assert sign_in(union.charlie).get(f"/members/?mandate={employer.public_id}").context["as_of"] is not None


def test_how_old_is_too_old_is_a_setting(union, sign_in, settings):
    settings.ROSTER_STALE_DAYS = 30
    RosterImport.objects.create(covers=union.root, as_of=timezone.now() - datetime.timedelta(days=20), sha256="a")
    assert 'class="notice warning"' not in text(sign_in(union.alice).get("/members/"))


def test_empty_lists_say_what_to_do(union, sign_in):
    page = sign_in(union.alice).get("/members/")
    assert 'class="empty"' in text(page)
    make_member(placed=[union.branch_a])
    page = sign_in(union.alice).get("/members/?position=Rymdfarare")
    assert 'class="empty"' in text(page)
    assert 'class="button" href="?"' in text(page)


# --- the access log, and the cost -----------------------------------------------------------------------------------
def test_a_look_at_a_list_and_a_search_are_noted_with_those_shown(union, sign_in, staffed, short_pages):
    alice = sign_in(union.alice)
    alice.get("/members/")
    alice.post("/members/search/", {"q": "Ek"}, follow=True)
    look, search = AccessLog.objects.order_by("id")
    shown = Member.unscoped.filter(number__in=["9004", "7002", "7001"]).by_name()
    assert (look.kind, look.user, look.mandate) == ("list", union.alice, union.mandate(union.alice))
    assert (look.count, look.members) == (3, list(shown.values_list("pk", flat=True)))
    assert (search.kind, search.count) == ("search", 1)


def test_what_cannot_be_noted_is_not_shown(union, sign_in, staffed, monkeypatch):
    def broken(**_: object) -> None:
        raise OSError

    monkeypatch.setattr("comms.privacy.access.note", broken)
    with pytest.raises(OSError):  # noqa: PT011
        sign_in(union.alice).get("/members/")


@pytest.mark.parametrize("members", [1, 3])
def test_the_list_costs_the_same_for_one_row_and_for_three(
    union, sign_in, employed, home, django_assert_num_queries, members
):
    alice = sign_in(union.alice)
    alice.get("/members/")
    for n in range(members):
        employed("Anna", f"Ek {n}", branch=union.branch_a, at=home, job={"employment": "permanent"})
    with django_assert_num_queries(24):
        alice.get("/members/?employment=permanent")


def test_the_count_is_that_of_the_members_in_the_scope(union, employed, home):
    """Asked in another way, because it is asked for each page."""
    on = timezone.localdate()
    for n in range(3):
        employed("Anna", f"Ek {n}", branch=union.branch_a, at=home)
    make_member("Moved", placed=[union.branch_a], end_in=-1)
    make_member("Left", placed=[union.branch_a], left_on=on)
    make_member("Leaves", placed=[union.branch_a], left_on=on + datetime.timedelta(days=1))
    make_member("Gone", placed=[union.branch_a, home], erased_at=timezone.now())
    make_member("Elsewhere", placed=[union.branch_b])
    make_mandate(union.alice, union.employer)
    scopes = [Scope.of(getattr(union, who), on=on) for who in ("alice", "bob", "charlie", "dora", "sara")]
    counts = [lists.find(scope, lists.Wanted()).total for scope in scopes]
    assert counts == [Member.objects.within(scope).count() for scope in scopes] == [4, 4, 1, 0, 5]
