"""Brands down the tree: what a unit leaves empty, or may not set, comes from above; nothing unreadable is saved."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from comms.people.models import Unit
from templates_lib import artwork, brands, pictures
from templates_lib.models import Brand
from templates_lib.render.mjml import mail_html
from tests.factories import make_unit


@pytest.fixture
def tree(db):
    """Union, region, branch."""
    union = make_unit("Förbundet", kind="union")
    region = make_unit("Region Norr", kind="region", under=union)
    branch = make_unit("Avdelning", under=region)
    return [Unit.objects.get(pk=unit.pk) for unit in (union, region, branch)]


def brand(unit: Unit, **fields: object) -> Brand:
    return Brand.objects.create(unit=unit, **fields)


def objections(row: Brand) -> dict[str, str]:
    with translation.override("en"):
        return brands.objections(row)


# --- inheritance ----------------------------------------------------------------------------------------------------
def test_an_empty_field_comes_from_the_nearest_unit_that_sets_it(tree):
    union, region, branch = tree
    brand(union, name="Förbundet", primary="#6b1f3a", footer="Box 1", below_may=["colours", "address"])
    brand(region, footer="Storgatan 1", below_may=["colours", "address"])
    brand(branch, accent="#123456")
    seen = brands.brand_for(branch)
    assert (seen.name, seen.primary, seen.footer, seen.accent) == ("Förbundet", "#6b1f3a", "Storgatan 1", "#123456")
    assert brands.brand_for(union).footer == "Box 1"
    assert brands.brand_for(region).accent == brands.PLAIN.accent


def test_without_any_brand_a_unit_has_the_unions_name_in_plain_dress(tree, settings):
    assert brands.brand_for(tree[2]).name == settings.UNION_NAME


@pytest.mark.parametrize("part", ["colours", "typeface", "address", "sender"])
def test_a_part_is_set_below_only_where_it_is_allowed(tree, part):
    union, _region, branch = tree
    values = {"colours": ("primary", "#0b4f4a"), "typeface": ("typeface", "Noto Serif"),
              "address": ("footer", "Gatan 1"), "sender": ("sender_name", "Avdelningen")}  # fmt: skip
    field, value = values[part]
    row = brand(union, below_may=[part])
    brand(branch, **{field: value})
    assert getattr(brands.brand_for(branch), field) == value
    row.below_may = []
    row.save()
    assert getattr(brands.brand_for(branch), field) != value


def test_what_the_union_forbids_a_region_cannot_allow(tree):
    union, region, branch = tree
    brand(union, below_may=["name"])
    brand(region, below_may=["name", "colours"])
    own = brand(branch, primary="#0b4f4a")
    assert brands.brand_for(branch).primary == brands.PLAIN.primary
    assert objections(own) == {"primary": "This is set further up. Leave it empty."}
    assert set(brands.closed(own)) >= {"primary", "on_primary", "accent", "ink", "paper"}
    assert "name" not in brands.closed(own)


def test_a_branchs_name_and_logo_stand_beside_the_unions(tree, make_document, template):
    union, _region, branch = tree
    ours, theirs = pictures.store(artwork.mark(44)), pictures.store(artwork.mark(60))
    brand(union, name="Förbundet", logo=ours)
    brand(branch, name="Avdelning Älvdalen", logo=theirs)
    seen = brands.brand_for(branch)
    assert (seen.name, seen.own_name) == ("Förbundet", "Avdelning Älvdalen")
    assert (seen.logo.sha256, seen.own_logo.sha256) == (ours.pk, theirs.pk)


def test_a_workplace_looks_like_the_branch_its_employer_belongs_to(tree):
    union, _region, branch = tree
    employer = make_unit("Nordkommun", kind="employer", branch=branch)
    workplace = make_unit("Fjällskolan", kind="workplace", under=employer)
    brand(union, name="Förbundet", primary="#6b1f3a", below_may=["name", "colours"])
    brand(branch, name="Avdelningen", primary="#0b4f4a")
    seen = brands.brand_for(workplace)
    assert (seen.name, seen.own_name, seen.primary) == ("Förbundet", "Avdelningen", "#0b4f4a")


def test_how_a_unit_looks_is_one_query_once_its_place_is_known(tree, django_assert_num_queries):
    brand(tree[0], logo=pictures.store(artwork.mark(44)))
    brand(tree[2], name="Avdelningen")
    with django_assert_num_queries(2):  # the units above, their brands
        brands.brand_for(tree[2])


def test_both_logos_are_in_the_mail(document):
    assert document.brand.logo is not None
    assert document.brand.logo.sha256 in mail_html(document)


# --- readable -------------------------------------------------------------------------------------------------------
def test_pale_text_is_refused_with_the_figure(tree):
    pale = Brand(unit=tree[0], primary="#ffd9e3", on_primary="#ffffff", ink="#999999")
    assert objections(pale) == {
        "on_primary": "Too little contrast to read: 1.3 to 1, at least 4.5 is needed.",
        "ink": "Too little contrast to read: 2.7 to 1, at least 4.5 is needed.",
    }
    assert objections(Brand(unit=tree[0], primary="#6b1f3a", on_primary="#ffffff")) == {}


def test_contrast_is_counted_with_what_is_inherited(tree):
    brand(tree[0], primary="#6b1f3a", on_primary="#ffffff", below_may=["colours"])
    assert set(objections(Brand(unit=tree[2], primary="#ffe08a"))) == {"on_primary"}
    assert objections(Brand(unit=tree[2], primary="#ffe08a", on_primary="#221a1c")) == {}


def test_a_change_above_is_refused_where_it_would_make_a_unit_below_unreadable(tree):
    top = brand(tree[0], primary="#6b1f3a", on_primary="#ffffff", below_may=["colours"])
    brand(tree[2], name="Avdelningen", primary="#0b4f4a")
    top.primary, top.on_primary = "#ffe08a", "#221a1c"
    assert objections(top)["on_primary"].startswith("Avdelningen: Too little contrast")


def test_what_is_no_colour_is_left_to_the_fields_own_words(tree):
    row = Brand(unit=tree[0], primary="red")
    assert objections(row) == {}
    with pytest.raises(ValidationError) as failed:
        row.full_clean()
    assert set(failed.value.message_dict) == {"primary"}


def test_closing_a_part_above_takes_nothing_away_below_but_hides_it(tree):
    """What a branch wrote is kept: it shows again when staff open the part again."""
    top = brand(tree[0], below_may=["address"])
    own = brand(tree[2], footer="Gatan 1")
    Brand.objects.filter(pk=top.pk).update(below_may=[])
    own.refresh_from_db()
    assert (own.footer, brands.brand_for(tree[2]).footer) == ("Gatan 1", "")
