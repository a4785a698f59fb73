"""The shipped templates: complete in four languages, sound, and never in the way of what staff have changed."""

from __future__ import annotations

import pytest

from comms.people.models import LANGUAGES
from templates_lib import brands, build, library, samples
from templates_lib.models import InvitationTemplate
from templates_lib.render.html import print_html
from templates_lib.render.mjml import MAX_BYTES, mail_html
from templates_lib.render.text import plain_text
from templates_lib.slots import problems
from tests.factories import make_topic

CODES = [code for code, _name in LANGUAGES]


@pytest.fixture
def installed(db) -> list[InvitationTemplate]:
    return library.install(samples.topics())


def texts_of(value) -> list[dict]:
    """Every text with languages side by side in a template's raw value."""
    if isinstance(value, dict):
        if "sv" in value:
            return [value]
        return [found for part in value.values() for found in texts_of(part)]
    return [found for part in value for found in texts_of(part)] if isinstance(value, list) else []


def test_there_is_one_for_every_task(installed):
    assert len(installed) >= 8
    assert {template.task for template in installed} == set(InvitationTemplate.Task.values)
    assert all(template.live for template in installed)


@pytest.mark.once
@pytest.mark.parametrize("slug", library.SHIPPED)
def test_every_text_is_written_in_every_language(slug, db):
    spec = library._read(slug)
    texts = [spec["title"], spec["description"], spec["subject"], *texts_of(spec["block"])]
    assert len(texts) > 6
    assert [text for text in texts if set(text) != set(CODES) or not all(text.values())] == []


@pytest.mark.once
@pytest.mark.parametrize("slug", library.SHIPPED)
def test_a_heading_and_a_subject_read_whole_where_there_is_no_name(slug, db):
    """The PDF, the poster and the shared page are nobody's own."""
    spec = library._read(slug)
    headings = [block["text"]["text"] for block in spec["block"] if block["kind"] == "heading"]
    assert headings
    assert [text for text in [spec["subject"], *headings] if "[[" in "".join(text.values())] == []


def test_sample_papers_are_told_apart(installed):
    blocks = [(template, child) for template in installed for child in template.body if child.block_type == "documents"]
    assert blocks
    for language in CODES:
        for template, child in blocks:
            papers = [slot for slot in child.block.asked(child, language) if slot.type == "link"]
            names = [samples.value(slot, language)["text"] for slot in papers]
            assert len(set(names)) == len(names) > 1, template.slug


@pytest.mark.parametrize("language", CODES)
def test_each_can_be_drawn_and_asks_nothing_strange(installed, union, language):
    for template in installed:
        slots, defaults = template.slots(language), template.defaults(language)
        assert [slot.label for slot in slots if not slot.label] == []
        found = [problem for problem in problems(slots, defaults, language) if problem.code not in {"required", "link"}]
        assert found == [], template.slug
        document = build.document(
            template, defaults, language=language, brand=brands.brand_for(union.root),
            sender=samples.sender(language), subject=template.subject[language],
        )  # fmt: skip
        assert len(mail_html(document).encode()) < MAX_BYTES
        assert template.title(language) != "" != template.description(language)
        assert "<h1" in print_html(document)
        assert samples.sender(language).name in plain_text(document)


def test_what_staff_have_changed_is_kept(installed):
    changed = installed[0]
    InvitationTemplate.objects.filter(pk=changed.pk).update(name="Vår egen kallelse")
    again = library.install(samples.topics())
    assert [template.pk for template in again] == [template.pk for template in installed]
    assert again[0].name == "Vår egen kallelse"


def test_block_ids_are_the_same_every_time(db):
    assert library.body("course") == library.body("course")
    assert library.make("course", make_topic()).body[0].id


@pytest.mark.once
def test_plain_writing_becomes_rich_text():
    written = library.rich("Hej!\n\n**Viktigt**\n\n- ett & två\n- tre\n")
    assert written == "<p>Hej!</p><p><b>Viktigt</b></p><ul><li>ett &amp; två</li><li>tre</li></ul>"
