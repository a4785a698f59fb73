"""Addresses at an employer: what staff name, what is found to lie there, and what they are told to look at."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from comms.people import work_mail
from comms.people.models import EmployerDomain, Member
from comms.people.roster.cleaning import clean
from comms.people.roster.columns import match
from comms.people.scope import Scope
from tests.factories import make_member


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", []),
        ("council.example.org", ["council.example.org"]),
        (
            " Council.Example.ORG \n\n@school.example.org\ncouncil.example.org",
            ["council.example.org", "school.example.org"],
        ),
        ("anna@council.example.org", ["council.example.org"]),
        ("nämnden.example.org\nxn--nmnden-bua.example.org", ["nämnden.example.org"]),
    ],
)
def test_domains_are_kept_in_our_form_each_once(typed, kept):
    assert work_mail.parse(typed) == kept


@pytest.mark.parametrize("typed", ["council", "coun cil.example.org", "gmail.com", "fine.example.org\nhotmail.com"])
def test_what_is_no_employers_domain_is_refused_by_name(typed):
    with pytest.raises(work_mail.BadDomain, match=typed.split("\n")[-1]):
        work_mail.parse(typed)


@pytest.mark.parametrize(
    ("email", "lies_there"),
    [
        ("anna@council.example.org", True),
        ("anna@it.south.old.council.example.org", True),
        ("anna@a.it.south.old.council.example.org", False),
        ("anna@mycouncil.example.org", False),
        ("council.example.org@example.com", False),
        ("anna@example.org", False),
        ("", False),
    ],
)
def test_an_address_at_the_domain_or_below_it_lies_at_the_employer(union, email, lies_there):
    work_mail.put(union.employer, ["council.example.org"])
    make_member(email=email, placed=[union.branch_a])
    assert Member.unscoped.filter(work_mail.at_work()).exists() == lies_there
    assert work_mail.at_work_among([email]) == ({email} if lies_there else set())


def test_any_number_of_addresses_at_hand_is_one_query_with_one_value(union, django_assert_num_queries):
    work_mail.put(union.employer, ["council.example.org"])
    many = [f"m{n}@mail{n}.example.com" for n in range(20_000)]
    with django_assert_num_queries(1):
        assert work_mail.at_work_among([*many, "anna@it.council.example.org"]) == {"anna@it.council.example.org"}
    with django_assert_num_queries(0):
        assert work_mail.at_work_among([]) == set()


def test_it_is_one_query_however_many_domains_and_members(union):
    work_mail.put(union.employer, [f"d{n}.example.org" for n in range(30)])
    for n in range(3):
        make_member(email=f"m@d{n}.example.org", placed=[union.branch_b])
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert Member.unscoped.filter(work_mail.at_work()).count() == 3
    assert len(asked) == 1


# --- what staff see ---------------------------------------------------------------------------------------------------
def test_staff_name_them_on_the_employers_page(union, sign_in):
    sara, employer = sign_in(union.sara), union.employer
    url = reverse("portal:unit_edit", args=[employer.pk])
    typed = {"name": employer.name, "code": employer.code, "mailbox": "", "address": "", "branch": employer.branch_id}
    assert sara.post(url, {**typed, "domains": "Council.example.org\nschool.example.org"}).status_code == 302
    assert list(employer.domains.values_list("domain", flat=True)) == ["council.example.org", "school.example.org"]
    assert "council.example.org\nschool.example.org" in sara.get(url).content.decode()
    refused = sara.post(url, {**typed, "domains": "gmail.com"})
    assert refused.status_code == 200
    assert "gmail.com" in str(refused.context["form"].errors["domains"])
    assert EmployerDomain.objects.count() == 2
    sara.post(url, {**typed, "domains": ""})
    assert not EmployerDomain.objects.exists()


def test_a_branch_has_no_such_field_and_keeps_none(union, sign_in):
    page = sign_in(union.sara).get(reverse("portal:unit_edit", args=[union.branch_a.pk]))
    assert "domains" not in page.context["form"].fields


def test_what_many_who_work_there_use_is_told_and_what_one_uses_is_not(union, sign_in):
    for n in range(3):
        make_member(email=f"m{n}@council.example.org", placed=[union.workplace])
        make_member(email=f"n{n}@gmail.com", placed=[union.workplace])
    make_member(email="me@my-own.example.org", placed=[union.workplace])
    make_member(email="far@council.example.org", placed=[union.branch_b])
    staff = Scope.of(union.sara, on=timezone.localdate())
    assert work_mail.hints(union.employer, scope=staff) == [("council.example.org", 3)]
    page = sign_in(union.sara).get(reverse("portal:unit_edit", args=[union.employer.pk]))
    assert "council.example.org (3)" in page.content.decode()
    work_mail.put(union.employer, ["council.example.org"])
    assert work_mail.hints(union.employer, scope=staff) == []


# --- the registry's file ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cells", "address"),
    [
        (["1", "Anna Lind", "anna@council.example.org", "anna@example.org"], "anna@example.org"),
        (["1", "Anna Lind", "anna@council.example.org", ""], "anna@council.example.org"),
    ],
)
def test_of_two_columns_the_private_address_is_taken(cells, address):
    columns, unused = match(["Medlemsnummer", "Namn", "E-post", "E-post (privat)"])
    assert unused == []
    row = clean(2, {name: cells[index] for name, index in columns.items()}, region="SE")
    assert row.fields["email"] == address
