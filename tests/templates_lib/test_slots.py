"""What a representative is asked, and what is wrong with an answer."""

import pytest

from templates_lib.slots import Slot, problems


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
    assert "När börjar mötet?" in by_language["sv"]
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


def test_the_samples_have_no_problems(template):
    from templates_lib import samples

    for language in ("sv", "nb", "da", "en"):
        slots = template.slots(language)
        assert problems(slots, samples.values(slots, template.defaults(language), language), language) == []
