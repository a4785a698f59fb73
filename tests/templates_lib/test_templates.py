"""Templates: revisions survive, locked fields hold, and staff have a screen for everything."""

import pytest
from wagtail.models import Revision

from comms.people.models import User
from templates_lib import artwork, brands, build, pictures, samples
from templates_lib.models import Brand, InvitationTemplate, Topic
from templates_lib.outputs import shared_html
from templates_lib.render import merge
from templates_lib.render.mjml import mail_html
from tests.templates_lib.staffed import ADMIN, edit_body


@pytest.fixture
def staff(db, sign_in):
    return sign_in(User.objects.create_superuser("staff@example.org"))


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


def test_a_statutory_notice_has_nothing_to_switch_off_but_may_come_as_a_letter(make_document, template):
    refuse, letter = "Avanmäl dig från sådana här utskick", "Välj brev i stället för e-post"
    assert [words in mail_html(make_document()) for words in (refuse, letter)] == [True, False]
    Topic.objects.filter(pk=template.topic_id).update(category="statutory")
    template.topic.refresh_from_db()
    made = make_document()
    assert [words in mail_html(made) for words in (refuse, letter)] == [False, True]
    assert merge.hole("unsubscribe_url") not in shared_html(made)


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


def test_a_chooser_speaks_the_readers_language_whoever_was_there_first(db, sign_in, unit):
    reader = User.objects.create_superuser("staff@example.org")
    for language, words in (("sv", "Välj ämne"), ("nb", "Velg tema"), ("en", "Choose topic")):
        User.objects.filter(pk=reader.pk).update(language=language)
        assert words in sign_in(reader).get(f"{ADMIN}/add/").content.decode()
