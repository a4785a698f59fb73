"""What a representative is asked, and what is wrong with an answer."""

from types import SimpleNamespace

import pytest
from wagtail.blocks import StreamBlock

from templates_lib import build
from templates_lib.blocks import vocabulary
from templates_lib.models import InvitationTemplate, Topic
from templates_lib.render.document import Brand, Sender
from templates_lib.render.html import print_html
from templates_lib.render.mjml import mail_html
from templates_lib.render.text import plain_text
from templates_lib.slots import Slot, left_out, problems
from tests.factories import make_topic


def codes(slot_type: str, value, **fields) -> list[str]:
    slot = Slot(key="b.f", type=slot_type, label="Rubrik", **fields)
    return [problem.code for problem in problems([slot], {"b.f": value}, "sv")]


@pytest.mark.parametrize(
    ("slot_type", "value", "expected"),
    [
        ("short_text", "Välkommen", []),
        ("short_text", "x" * 201, ["too_long"]),
        ("short_text", "Šárá đŋ þð ŧ", []),
        ("short_text", "A\u030asa", []),
        ("short_text", "Hej 🎉", ["character"]),
        ("short_text", "你好", ["character"]),
        ("rich_text", "<p>Hej</p>", []),
        ("rich_text", "<p>👍</p>", ["character"]),
        ("rich_text", "<p>" + "x" * 201 + "</p>", ["too_long"]),
        ("rich_text", "<p>a &lt; b &amp; c</p>", []),
        ("date_time", "2027-03-12T18:00", []),
        ("date_time", "12 mars", ["date"]),
        ("date_time", "2027-02-30T18:00", ["date"]),
        ("choice", "På plats", []),
        ("choice", "På månen", ["choice"]),
        ("place", {"name": "Folkets hus", "address": "", "url": ""}, []),
        ("place", {"name": "Möte", "address": "", "url": "javascript:x"}, ["link"]),
        ("link", {"url": "https://example.org", "text": "Svara"}, []),
        ("link", {"url": "example.org", "text": "Svara"}, ["link"]),
        ("link", {"url": "https://example.org", "text": ""}, ["link_text"]),
        ("person", {"name": "Ingrid", "email": "ingrid@"}, ["email"]),
        ("person", {"name": "Ingrid", "email": "åsa@exempel.se"}, []),
        ("image", {"sha256": "ab", "alt": ""}, ["alt"]),
        ("image", {"sha256": "ab", "alt": "Fjäll"}, []),
        ("short_text", {"a": 1}, ["shape"]),
        ("place", "Folkets hus", ["shape"]),
        ("place", ["x"], ["shape"]),
        ("date_time", 5, ["shape"]),
    ],
)
def test_what_is_wrong_with_a_value(slot_type, value, expected):
    assert codes(slot_type, value, choices=("På plats", "Digitalt")) == expected


@pytest.mark.parametrize(
    ("slot_type", "empty"),
    [("short_text", " "), ("short_text", None), ("rich_text", "<p><br></p>"), ("date_time", ""), ("place", {}),
     ("place", {"name": " "}), ("image", {"sha256": "", "alt": "x"}), ("link", {"url": ""}), ("choice", "")],
)  # fmt: skip
def test_an_empty_answer_is_a_problem_only_where_one_is_needed(slot_type, empty):
    assert codes(slot_type, empty) == []
    assert codes(slot_type, empty, required=True) == ["required"]


def test_a_refused_character_is_named():
    slot = Slot(key="b.f", type="short_text", label="Rubrik")
    (problem,) = problems([slot], {"b.f": "Fest 🎉"}, "sv")
    assert "🎉 (U+1F389 PARTY POPPER)" in str(problem.message)


def test_slots_are_worded_in_the_asked_language(template):
    by_language = {code: [slot.label for slot in template.slots(code)] for code in ("sv", "nb", "da", "en")}
    assert any(label.startswith("När börjar") for label in by_language["sv"])
    assert "When does it begin?" in by_language["en"]
    assert len({tuple(labels) for labels in by_language.values()}) == 4
    assert all(all(labels) for labels in by_language.values())


def test_keys_are_stable_and_only_open_fields_are_asked(template):
    keys = [slot.key for slot in template.slots("sv")]
    assert keys == [slot.key for slot in template.slots("en")] == list(template.defaults("nb"))
    assert [key.split(".")[1] for key in keys] == [
        "kind", "text", "text", "when", "until", "where", "how", "answer_by", "text", "link", "person",
    ]  # fmt: skip


def test_defaults_are_what_staff_wrote(template):
    defaults = {key.split(".")[1]: value for key, value in reversed(template.defaults("da").items())}
    assert defaults["kind"] == "Indkaldelse"
    assert defaults["text"] == "Velkommen til medlemsmøde"
    assert defaults["link"] == {"url": "", "text": "Tilmeld dig"}
    assert defaults["when"] == ""


def entries(typed: str, language: str = "sv") -> list[tuple[str, str]]:
    block = dict(StreamBlock(vocabulary()).child_blocks)["agenda"]
    child = SimpleNamespace(
        id="a", block_type="agenda", block=block, value=block.to_python({"entries": {"slot": True}})
    )
    document = build.of_blocks(
        [child], {"a.entries": typed}, language=language, brand=Brand(name="x"), sender=Sender("Ingrid"),
        topic=Topic(names={}, category="information"),
    )  # fmt: skip
    return [(entry.time, entry.text) for entry in document.blocks[0].values["entries"]]


@pytest.mark.once
@pytest.mark.parametrize(
    ("line", "time", "text"),
    [
        ("18.00 Val", "18.00", "Val"),
        ("kl. 9:30 Kaffe", "9.30", "Kaffe"),
        ("18.00 - 19.30 Middag", "18.00–19.30", "Middag"),
        ("18:00–19:30: Middag", "18.00–19.30", "Middag"),
        ("18.00 – Middag", "18.00", "Middag"),
        ("18.00\tMiddag", "18.00", "Middag"),
        ("Vi ses 18.00 vid entrén", "", "Vi ses 18.00 vid entrén"),
        ("25.00 kronor", "", "25.00 kronor"),
        ("18.00", "", "18.00"),
        ("1. Mötets öppnande", "1.", "Mötets öppnande"),
        ("12) Övriga frågor", "12.", "Övriga frågor"),
        ("§ 3 Dagordning", "", "§ 3 Dagordning"),
        ("2027 års budget", "", "2027 års budget"),
        ("• Val", "", "Val"),
        ("·       Val", "", "Val"),
        ("\uf0b7\tVal", "", "Val"),
        ("o\tVal", "", "Val"),
        ("– 18.00 Val", "18.00", "Val"),
        ("ombudens val", "", "ombudens val"),
        ("<b>18.00</b> Val", "", "<b>18.00</b> Val"),
    ],
)
def test_a_line_of_an_agenda_says_when(line, time, text):
    assert entries(line) == [(time, text)]


@pytest.mark.once
def test_an_agenda_is_told_as_its_language_tells_time_and_without_empty_lines():
    assert entries("18.00 Coffee\n\n  \r\n9.15-10.00 Talk\n", "en") == [("18:00", "Coffee"), ("9:15–10:00", "Talk")]
    assert entries("18:00 Kaffe", "da") == [("18.00", "Kaffe")]
    assert entries("") == []


@pytest.mark.parametrize(
    ("value", "expected"), [("18.00 Val\n19.00 Fest", []), ("x" * 201, ["too_long"]), ("🎉", ["character"])]
)
def test_a_list_is_checked_like_other_text(value, expected):
    assert codes("lines", value) == expected


def optional(*, required: bool = False) -> list[dict]:
    quote = {"optional": True, "text": {"slot": True, "required": required, "text": {"sv": "Starka ord"}}}
    footer = {"optional": True}  # staff cannot make it so
    return [
        {"type": "quote", "id": "q", "value": quote},
        {"type": "rich_text", "id": "r", "value": {"text": {"text": {"sv": "<p>Alltid med</p>"}}}},
        {"type": "footer", "id": "f", "value": footer},
    ]


@pytest.fixture
def with_optional(db):
    def make(**options):
        field = InvitationTemplate._meta.get_field("body")
        return InvitationTemplate(name="x", topic=make_topic(), body=field.to_python(optional(**options)))

    return make


@pytest.mark.parametrize(("shown", "there"), [("yes", True), ("no", False), (None, True), ("", True), ({}, True)])
def test_a_representative_may_leave_an_optional_part_out(with_optional, shown, there):
    template = with_optional()
    values = template.defaults("sv") | {"q.shown": shown}
    document = build.document(template, values, language="sv", brand=Brand(name="x"), sender=Sender("Ingrid"))
    for face in (mail_html(document), print_html(document), plain_text(document)):
        assert ("Starka ord" in face) == there
        assert "Alltid med" in face
    assert [block.kind for block in document.blocks] == ["quote"] * there + ["rich_text", "footer"]


def test_only_what_staff_made_optional_is_asked_about(with_optional):
    template = with_optional()
    assert [(slot.key, slot.type) for slot in template.slots("sv")] == [("q.shown", "shown"), ("q.text", "short_text")]
    assert template.defaults("sv") == {"q.shown": "yes", "q.text": "Starka ord"}
    values = {"f.shown": "no", "r.shown": "no", "q.shown": "no"}
    document = build.document(template, values, language="sv", brand=Brand(name="x"), sender=Sender("Ingrid"))
    assert [block.kind for block in document.blocks] == ["rich_text", "footer"]


def test_what_is_left_out_needs_no_answer(with_optional):
    slots = with_optional(required=True).slots("sv")
    assert [problem.code for problem in problems(slots, {"q.shown": "yes", "q.text": ""}, "sv")] == ["required"]
    assert problems(slots, {"q.shown": "no", "q.text": ""}, "sv") == []
    assert left_out(slots, {"q.shown": "no"}) == {"q"}


def test_header_and_footer_cannot_be_optional():
    may = {name for name, block in vocabulary() if not block.may_be_optional}
    assert may == {"header", "footer"}


def test_the_samples_have_no_problems(template):
    from templates_lib import samples

    for language in ("sv", "nb", "da", "en"):
        slots = template.slots(language)
        assert problems(slots, samples.values(slots, template.defaults(language), language), language) == []
