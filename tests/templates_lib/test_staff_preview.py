"""Staff see every face in every language and brand; what is missing is said in place, and no page is ever broken."""

from __future__ import annotations

import pytest
from django.utils import translation

from comms.people.models import User
from templates_lib import languages, pdf_worker, preview, preview_faces
from templates_lib.models import Brand, InvitationTemplate
from templates_lib.render.document import RenderRefused
from tests.factories import make_unit
from tests.templates_lib.staffed import ADMIN, edit_body

FACES = ["mail", "dark", "images-off", "text", "print", "poster", "sms", "square"]


@pytest.fixture
def staff(db, sign_in):
    return sign_in(User.objects.create_superuser("staff@example.org", language="en"))


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def test_there_is_a_mode_for_every_face_language_and_brand(template, unit):
    own = Brand.objects.create(unit=unit, name="Avdelning Älvdalen")
    modes = [mode for mode, _label in template.preview_modes]
    others = [f"{face}:{code}" for code in ("nb", "da", "en") for face in FACES]
    assert modes == [*FACES, *others, *(f"{face}:sv:{own.pk}" for face in ("mail", "print", "poster"))]
    assert str(dict(template.preview_modes)["poster:da"]) == "Danish: Poster"
    assert str(dict(template.preview_modes)[f"mail:sv:{own.pk}"]) == "Avdelning Älvdalen: Mail"


@pytest.mark.parametrize("face", FACES)
def test_staff_see_every_face(staff, template, unit, face):
    assert staff.get(f"{ADMIN}/preview/{template.pk}/", {"mode": face}).status_code == 200
    shown = template.make_preview_request(preview_mode=face)
    page = shown.content.decode()
    assert shown.status_code == 200
    assert 'class="why"' not in page
    on_paper = face in {"print", "poster", "square"}
    assert ("Välkommen till medlemsmöte" in page) != on_paper
    assert ("data:image/png;base64," in page) == on_paper
    policy = shown["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert ("img-src 'none'" in policy) == (face == "images-off")


def test_the_mail_is_shown_in_its_language_and_in_a_units_brand(template, unit):
    own = Brand.objects.create(unit=unit, name="Avdelning Älvdalen")
    assert "Velkommen til medlemsmøde" in preview.face(template, "mail:da")
    assert "Avdelning Älvdalen</" not in preview.face(template, "mail")
    assert "Avdelning Älvdalen" in preview.face(template, f"mail:sv:{own.pk}")
    assert "Välkommen till medlemsmöte" in preview.face(template, "mail:sv:999")  # a brand that is gone


def test_the_text_message_says_what_it_costs(template, unit):
    assert "text message" in preview.face(template, "sms")


def test_the_panel_offers_phone_sizes(template):
    assert [size["device_width"] for size in template.preview_sizes] == [320, 375, 680, 1280]
    assert template.default_preview_size == "mobile"


# --- languages ------------------------------------------------------------------------------------------------------
def test_a_text_shown_in_another_language_is_named(template, unit):
    edit_body(template, lambda blocks: blocks["heading"]["text"]["text"].update(da=""))
    draft = template.get_latest_revision().as_object()
    said = "Danish: “Heading” is shown in Swedish."
    assert said in languages.borrowed(draft, "da")
    assert languages.borrowed(draft, "sv") == []
    page = preview.face(draft, "mail:da")
    assert said in page
    assert page.index("<body") < page.index(said) < page.index("medlemsmöte")
    assert said not in preview.face(draft, "mail")


def test_questions_to_a_representative_are_not_part_of_the_message(template):
    edit_body(template, lambda blocks: blocks["heading"]["text"].update(label={"sv": "Rubrik"}, help={"sv": "Kort"}))
    assert languages.borrowed(template.get_latest_revision().as_object(), "da") == languages.borrowed(template, "da")


# --- what cannot be drawn -------------------------------------------------------------------------------------------
def broken(error: Exception):
    def page(*_args, **_kwargs):
        raise error

    return page


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RenderRefused("Not a colour: 'red'"), "Not a colour: &#x27;red&#x27;"),
        (pdf_worker.PdfFailed("pages"), "more than 20 pages"),
        (KeyError("text"), "Something in the last block you changed is not complete."),
    ],
)
def test_an_error_is_told_in_place(template, unit, monkeypatch, error, words):
    monkeypatch.setattr(preview_faces, "page", broken(error))
    page = preview.face(template, "mail")
    assert words in page
    assert page.startswith("<!doctype html>")


def test_a_half_written_template_is_shown_as_far_as_it_goes(unit):
    """No topic, no subject and no block yet, as on a page just opened."""
    page = preview.face(InvitationTemplate(name="", body=[]), "mail")
    assert 'class="why"' not in page
    assert "<body" in page


def test_a_brand_that_is_no_colour_yet_is_told_too(template):
    Brand.objects.create(unit=make_unit("X", kind="union"), name="X", primary="red")
    assert "Not a colour" in preview.face(template, "mail")
