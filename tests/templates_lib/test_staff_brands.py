"""The form of a brand says what it inherits, does not let one set what is set further up, and shows how it looks."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from comms.portal.staff import roles
from templates_lib import preview
from templates_lib.models import Brand
from tests.factories import make_mandate, make_unit, make_user

ADMIN = "/admin/snippets/templates_lib/brand"
LIST = 12  # queries


@pytest.fixture
def sara(unit):
    person = make_user("Sara", language="en")
    make_mandate(person, unit.get_root(), role="staff")
    roles.ensure_editors().user_set.add(person)
    return person


@pytest.fixture
def client(sara, sign_in):
    return sign_in(sara)


@pytest.fixture
def own(unit) -> Brand:
    """The branch's, empty: everything comes from the union, which lets branches set colours too."""
    Brand.objects.filter(unit=unit.get_root()).update(below_may=["name", "logo", "colours", "address"])
    return Brand.objects.create(unit=unit)


def text(page) -> str:
    return page.content.decode()


def tag(page, name: str) -> str:
    return re.search(rf'<(?:input|textarea|select)[^>]*name="{name}".*?(?:/>|</select>|>)', text(page), re.S)[0]


def form(brand: Brand, **more: object) -> dict[str, object]:
    fields = ("name", "primary", "on_primary", "accent", "ink", "paper", "typeface", "footer", "website", "sender_name")
    return {"unit": brand.unit_id, **{name: getattr(brand, name) for name in fields}, "logo": "", **more}


def test_an_empty_field_says_what_it_inherits(client, own):
    page = client.get(f"{ADMIN}/edit/{own.pk}/")
    assert 'placeholder="inherited: #6b1f3a"' in tag(page, "primary")
    assert "inherited: Lato" in text(page)
    assert "readonly" not in tag(page, "primary")
    assert "placeholder" not in tag(page, "name")  # a unit's own name stands beside the union's


def test_the_union_inherits_nothing(client, own):
    page = client.get(f"{ADMIN}/edit/{Brand.objects.get(unit__depth=1).pk}/")
    assert "inherited" not in text(page)


def test_what_is_set_further_up_cannot_be_typed_into_and_is_refused(client, own):
    page = client.get(f"{ADMIN}/edit/{own.pk}/")
    assert "readonly" in tag(page, "sender_name")
    refused = client.post(f"{ADMIN}/edit/{own.pk}/", form(own, sender_name="Avdelningen"))
    assert "This is set further up. Leave it empty." in text(refused)
    own.refresh_from_db()
    assert own.sender_name == ""


def test_pale_text_is_refused_with_the_figure(client, own):
    page = client.post(f"{ADMIN}/edit/{own.pk}/", form(own, primary="#ffd9e3", below_may=["name"]))
    assert "Too little contrast to read: 1.3 to 1, at least 4.5 is needed." in text(page)
    own.refresh_from_db()
    assert own.primary == ""


def test_a_unit_is_chosen_by_its_name_and_its_place_in_the_tree(client, unit):
    club = make_unit("Klubb 1", kind="club", under=unit)
    employer = make_unit("Nordkommun", kind="employer", branch=unit)
    page = text(client.get(f"{ADMIN}/add/"))
    assert f'<option value="{club.pk}">\u2003\u2003Klubb 1</option>' in page
    assert f'<option value="{employer.pk}"' not in page  # its workplaces use the branch's brand


def test_what_units_below_may_set_is_a_row_of_boxes(client, own):
    client.post(f"{ADMIN}/edit/{own.pk}/", form(own, below_may=["name", "colours"]))
    own.refresh_from_db()
    assert own.below_may == ["name", "colours"]


def test_a_brand_is_seen_while_it_is_being_edited(template, own):
    own.name, own.primary = "Avdelning Älvdalen", "#0b4f4a"
    shown = preview.brand_face(own, "mail")
    assert "#0b4f4a" in shown
    assert "Avdelning Älvdalen" in shown
    assert "Förbundet Samklang" in shown
    own.primary = "green"
    assert "Not a colour" in preview.brand_face(own, "mail")


def test_without_a_template_the_preview_says_what_to_do(own):
    with translation.override("en"):
        assert "There is nothing to show yet." in preview.brand_face(own, "mail")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_brands_costs_the_same_however_many(client, unit, rows, django_assert_num_queries):
    for n in range(rows - 1):
        Brand.objects.create(unit=make_unit(f"Avdelning {n}", under=unit.get_root()))
    client.get(f"{ADMIN}/")
    with django_assert_num_queries(LIST):
        client.get(f"{ADMIN}/")
