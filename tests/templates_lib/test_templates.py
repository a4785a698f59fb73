"""Staff's side: revisions survive, a preview is never broken, and nothing is published that cannot be drawn."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from wagtail.blocks import Block, ListBlock, RichTextBlock, StructBlock
from wagtail.models import Revision
from wagtail.test.utils.form_data import rich_text

from comms.people.models import User
from templates_lib import artwork, brands, build, gate, pdf_worker, pictures, preview, samples
from templates_lib.models import Brand, InvitationTemplate, Topic
from templates_lib.render.mjml import mail_html
from tests.factories import make_unit

ADMIN = "/admin/snippets/templates_lib/invitationtemplate"


@pytest.fixture
def staff(db, sign_in):
    return sign_in(User.objects.create_superuser("staff@example.org"))


def edit_body(template: InvitationTemplate, change) -> None:
    """Staff changes the blocks and saves a draft."""
    raw = json.loads(json.dumps(list(template.body.raw_data)))
    change({block["type"]: block["value"] for block in raw})
    template.body = json.dumps(raw)
    template.save_revision()


def test_a_mailing_keeps_the_revision_it_was_written_with(template, unit):
    pinned = template.live_revision
    edit_body(template, lambda blocks: blocks["heading"]["text"]["text"].update(sv="Något annat"))
    template.get_latest_revision().publish()
    old = Revision.objects.get(pk=pinned.pk).as_object()
    assert old.defaults("sv") != InvitationTemplate.objects.get(pk=template.pk).defaults("sv")
    assert [slot.key for slot in old.slots("sv")] == [slot.key for slot in template.slots("sv")]
    document = build.document(old, {}, language="sv", brand=brands.brand_for(unit), sender=samples.sender("sv"))
    assert "Välkommen till medlemsmöte" in mail_html(document)


def test_a_locked_field_ignores_what_a_representative_sends(template, unit):
    image = next(child for child in template.body if child.block_type == "image")
    values = {f"{image.id}.picture": {"sha256": "0" * 64, "alt": "Mine"}}
    document = build.document(
        template, values, language="sv", brand=brands.brand_for(unit), sender=samples.sender("sv")
    )
    assert "Mine" not in mail_html(document)
    assert "Fjällryggar" in mail_html(document)


def test_a_message_costs_the_same_few_queries_however_many_pictures(template, unit, django_assert_num_queries):
    brand, key = brands.brand_for(unit), template.slots("sv")[0].key
    two = [pictures.store(artwork.mark(size)).pk for size in (40, 50)]
    for values in ({key: {"sha256": two[0]}}, {key: {"sha256": two[0]}, "other": {"sha256": two[1]}}):
        template = InvitationTemplate.objects.get(pk=template.pk)
        with django_assert_num_queries(3):  # the blocks' own pictures, the chosen ones, the topic
            build.document(template, values, language="sv", brand=brand, sender=samples.sender("sv"))


def test_unknown_and_missing_slot_values_do_no_harm(template, unit):
    values = {"nothing.here": "x", "": None, template.slots("sv")[0].key: None}
    document = build.document(
        template, values, language="sv", brand=brands.brand_for(unit), sender=samples.sender("sv")
    )
    assert mail_html(document)


@pytest.mark.parametrize("mode", ["mail", "dark", "text", "print"])
def test_staff_see_every_face(staff, template, unit, mode):
    response = staff.get(f"{ADMIN}/preview/{template.pk}/", {"mode": mode})
    assert response.status_code == 200
    assert template.preview_modes
    shown = template.make_preview_request(preview_mode=mode)
    assert shown.status_code == 200
    body = shown.content.decode()
    assert ("medlemsmöte" in body) != (mode == "print")
    assert "default-src 'none'" in shown["Content-Security-Policy"]


def test_staff_see_the_mail_in_every_language(template, unit):
    modes = [mode for mode, _label in template.preview_modes if mode.startswith("mail:")]
    assert modes == ["mail:nb", "mail:da", "mail:en"]
    assert "Velkommen til medlemsmøde" in preview.face(template, "mail:da")


def test_the_preview_panel_offers_phone_sizes(template):
    assert [size["device_width"] for size in template.preview_sizes] == [320, 375, 680, 1280]
    assert template.default_preview_size == "mobile"


def test_a_preview_that_cannot_be_drawn_says_why(template, monkeypatch):
    monkeypatch.setattr(pdf_worker, "make_pdf", fail("pages"))
    assert "20" in preview.face(template, "print")
    Brand.objects.create(unit=make_unit("X", kind="union"), name="X", primary="red")
    page = preview.face(template, "mail")
    assert "Not a colour" in page
    assert "<html" in page


def fail(code: str):
    def make_pdf(*_args, **_kwargs):
        raise pdf_worker.PdfFailed(code)

    return make_pdf


def test_a_good_template_passes_the_gate(template, unit):
    assert gate.objections(template) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda blocks: blocks["heading"]["text"]["text"].update(sv="Fest 🎉"), "PARTY POPPER"),
        (lambda blocks: blocks["footer"]["note"].update(text={"en": "你"}), "U+4F60"),
        (lambda blocks: blocks["button"]["link"].update(url="javascript:x"), "https://"),
    ],
)
def test_what_cannot_be_drawn_is_not_published(staff, template, unit, change, words):
    live = template.live_revision_id
    edit_body(template, change)
    revision = template.get_latest_revision()
    response = staff.post(f"{ADMIN}/edit/{template.pk}/", posted(revision.as_object()), follow=True)
    template.refresh_from_db()
    assert response.redirect_chain[-1][0].endswith(f"/edit/{template.pk}/")
    assert any(words in str(message) for message in response.context["messages"])
    assert template.live_revision_id == live
    assert template.has_unpublished_changes


def test_a_good_template_is_published(staff, template, unit):
    live = template.live_revision_id
    edit_body(template, lambda blocks: blocks["heading"]["text"]["text"].update(sv="Vårmöte"))
    staff.post(f"{ADMIN}/edit/{template.pk}/", posted(template.get_latest_revision().as_object()))
    template.refresh_from_db()
    assert template.live_revision_id != live


def posted(template: InvitationTemplate) -> dict[str, Any]:
    """What the edit form posts with the button “Publish”."""
    data: dict[str, Any] = {"name": template.name, "topic": template.topic_id, "action-publish": "1"}
    data |= {f"subject_{code}": text for code, text in template.subject.items()}
    data["body-count"] = len(template.body)
    for n, child in enumerate(template.body):
        data |= {
            f"body-{n}-deleted": "",
            f"body-{n}-order": n,
            f"body-{n}-type": child.block_type,
            f"body-{n}-id": child.id,
        }
        data |= dict(inputs(child.block, child.value, f"body-{n}-value"))
    return data


def inputs(block: Block, value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The form inputs of any block."""
    if isinstance(block, StructBlock):
        for child, inner in block.child_blocks.items():
            yield from inputs(inner, value[child], f"{name}-{child}")
    elif isinstance(block, ListBlock):
        yield f"{name}-count", len(value)
        for n, item in enumerate(value.bound_blocks):
            yield from {f"{name}-{n}-deleted": "", f"{name}-{n}-order": n, f"{name}-{n}-id": item.id}.items()
            yield from inputs(block.child_block, item.value, f"{name}-{n}-value")
    elif isinstance(block, RichTextBlock):
        yield name, rich_text(value.source)
    elif isinstance(value, bool):
        yield from [(name, "on")] if value else []
    else:
        yield name, "" if value is None else getattr(value, "pk", value)


def test_only_a_readable_brand_is_saved(db):
    unit = make_unit("Förbundet", kind="union")
    Brand(unit=unit, name="Bra", primary="#6b1f3a", on_primary="#ffffff").full_clean()
    with pytest.raises(ValidationError) as failed:
        Brand(unit=unit, name="Blek", primary="#ffd9e3", on_primary="#ffffff", ink="#999999").full_clean()
    assert set(failed.value.message_dict) == {"on_primary", "ink"}
    with pytest.raises(ValidationError) as failed:
        Brand(unit=unit, name="Fel", accent="red").full_clean()
    assert set(failed.value.message_dict) == {"accent"}


def test_a_unit_uses_the_nearest_brand_above_it(db):
    union = make_unit("Förbundet", kind="union")
    branch = make_unit("Avdelning", under=union)
    employer = make_unit("Nordkommun", kind="employer", branch=branch)
    workplace = make_unit("Fjällskolan", kind="workplace", under=employer)
    assert brands.brand_for(workplace).name  # without any brand, the union's name in plain dress
    Brand.objects.create(unit=union, name="Förbundet")
    assert brands.brand_for(workplace).name == "Förbundet"
    Brand.objects.create(unit=branch, name="Avdelningen")
    assert brands.brand_for(workplace).name == "Avdelningen"
    assert brands.brand_for(union).name == "Förbundet"


def test_a_statutory_notice_has_nothing_to_switch_off(make_document, template):
    Topic.objects.filter(pk=template.topic_id).update(category="statutory")
    template.topic.refresh_from_db()
    assert "unsubscribe_url" not in mail_html(make_document())


@pytest.mark.parametrize("model", ["invitationtemplate", "brand", "topic", "picture"])
def test_staff_have_a_list_and_a_form_for_everything(staff, template, unit, model):
    for page in ("", "add/"):
        assert staff.get(f"/admin/snippets/templates_lib/{model}/{page}").status_code == 200


def test_the_edit_form_opens(staff, template, unit):
    assert staff.get(f"{ADMIN}/edit/{template.pk}/").status_code == 200
    assert staff.get(f"/admin/snippets/templates_lib/topic/edit/{template.topic_id}/").status_code == 200
    assert staff.get(f"/admin/snippets/templates_lib/brand/edit/{Brand.objects.get().pk}/").status_code == 200


def test_a_representative_never_sees_a_template_in_the_staff_screens(union, sign_in, template):
    response = sign_in(union.alice).get(f"{ADMIN}/edit/{template.pk}/")
    assert response.status_code in {302, 403, 404}


def test_a_topic_is_written_in_every_language(staff, db):
    names = {"sv": "Möten", "nb": "Møter", "da": "Møder", "en": "Meetings"}
    data = {f"names_{code}": name for code, name in names.items()} | {"slug": "m", "category": "information"}
    staff.post("/admin/snippets/templates_lib/topic/add/", data)
    topic = Topic.objects.get(slug="m")
    assert topic.names == names
    assert topic.name("da") == "Møder"
