"""What the gate looks at: what staff wrote, and the template drawn in every language, size and look, for any name."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings

from comms.people.models import LANGUAGES
from templates_lib import brands, build, gate_samples, preview, proofs, samples
from templates_lib.models import Brand as BrandRow
from templates_lib.render.document import Brand, Document, Image
from templates_lib.render.gate import Finding, source
from templates_lib.slots import problems, typed_text

if TYPE_CHECKING:
    from templates_lib.models import InvitationTemplate

CODES = [code for code, _name in LANGUAGES]
_MINDED = {"too_long", "link", "link_text", "alt"}  # what else can be wrong with a value is "value"
_ELSEWHERE = {"required", "character"}  # staff need not fill a slot; characters are looked at one by one
_ASKED = {"label", "help", "example", "slot", "required", "max_length"}  # for representatives, not in the message


@dataclass(frozen=True, slots=True)
class Step:
    """So far: `done` of `total` drawings, and what the latest one showed."""

    done: int
    total: int
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Case:
    """One way the template is drawn. `name` is a key of `gate_samples.NAMES`."""

    language: str
    size: str
    look: Brand
    name: str = ""


def steps(template: InvitationTemplate, *, only: Sequence[tuple[str, str]] = ()) -> Iterator[Step]:
    """Draws the template every way it can be sent. Raises nothing for a bad template.

    `only` names the (language, size) to draw, when a few of them say enough.
    """
    if not any(template.body):
        yield Step(1, 1, [Finding("", "empty")])
        return
    if not any(child.block_type == "footer" for child in template.body):
        yield Step(1, 1, [Finding("", "no_footer")])
        return
    seen = looks()
    cases = [case for case in _cases(seen) if not only or ((case.language, case.size) in only and not case.name)]
    read = list(written(template, {look.typeface for look in seen}))
    asked = list(proofs.styles([child.block_type for child in template.body]))
    yield Step(0, len(cases), [*_brand(seen[0]), *read, *asked])
    known = _explained(read, asked)
    for done, case in enumerate(cases, start=1):
        found = proofs.findings(proof(template, case))
        yield Step(done, len(cases), [one for one in found if _marks(one).isdisjoint(known)])


def _explained(read: list[Finding], asked: list[Finding]) -> set[tuple[str, ...]]:
    """The marks of findings that would only say again, in other words, what is known before anything is drawn."""
    codes = {one.code for one in read}
    known = {mark for one in asked for mark in _marks(one) if len(mark) > 2}
    known |= {("P1", "no_glyph"), ("P4", "font")} if "glyph" in codes else set()
    return known | ({("P3", "text"), ("P11", "runs_off"), ("P11", "overlap")} if "long_word" in codes else set())


def _marks(one: Finding) -> set[tuple[str, ...]]:
    return {(one.check, one.code), (one.check, one.code, one.where, one.detail)}


def looks() -> list[Brand]:
    """The union's brand, then every other that differs in colours or typeface, all inherited as they will be."""
    rows = list(BrandRow.objects.select_related("logo", "unit").defer("logo__content").order_by("unit__path"))
    if not rows:
        return [preview.union_brand()]
    found: dict[tuple[str, ...], Brand] = {}
    for row in rows:
        above = [other for other in rows if row.unit.path.startswith(other.unit.path)]
        look = brands.merged(above)
        found.setdefault((look.typeface, look.primary, look.on_primary, look.accent, look.ink, look.paper), look)
    return list(found.values())


def _cases(seen: list[Brand]) -> Iterator[Case]:
    own, others = seen[0], seen[1:]
    yield from (Case(language, size, own) for language in CODES for size in gate_samples.SIZES)
    yield from (Case(settings.LANGUAGE_CODE, "worst", look) for look in others)
    yield from (Case(settings.LANGUAGE_CODE, "long", own, name) for name in gate_samples.NAMES)


# --- what staff wrote -----------------------------------------------------------------------------------------------


def written(template: InvitationTemplate, typefaces: set[str]) -> Iterator[Finding]:
    """Faults of the texts, pictures and links staff put into the template, in every language they wrote."""
    for child in template.body:
        for name, part in child.block.fields.items():
            where = f"{child.block_type}.{name}"
            found = [
                *_texts(child.value[name], part.slot_type, where, typefaces),
                *_values(part, child.value[name], where, child.block.label),
            ]
            yield from (dataclasses.replace(one, anchor=str(child.id)) for one in found)


def _texts(value: Any, slot_type: str, where: str, typefaces: set[str]) -> Iterator[Finding]:
    for language, text in own_texts(value):
        rich = slot_type == "rich_text"
        found = list(source.pasted(text, where=where)) if rich else []
        plain = source.lines_of(text) if rich else text
        for typeface in sorted(typefaces):
            found += source.typed(plain, typeface=typeface, where=where)
        yield from (one.at(where, language=language) for one in dict.fromkeys(found))


def own_texts(value: Any) -> Iterator[tuple[str, str]]:
    """(language, text) of everything a member will read in a field's value; "" for what has no language."""
    if isinstance(value, Mapping) and set(value) == set(CODES):
        for language, text in value.items():
            yield from ((language, found) for _none, found in own_texts(text))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _ASKED and key != "url":
                yield from own_texts(inner)
    elif isinstance(value, str) or hasattr(value, "source"):
        if text := str(getattr(value, "source", value)):
            yield "", text
    elif isinstance(value, (list, tuple)) or hasattr(value, "bound_blocks"):
        for item in value:
            yield from own_texts(item)


def _values(part: Any, value: Any, where: str, block_label: Any) -> Iterator[Finding]:
    """What the slot's own type refuses, in a locked field too."""
    seen: list[Any] = []
    for language in CODES:
        written = part.default(value, language)
        if written in seen:
            continue  # the same, taken from another language
        seen.append(written)
        slot = part.asked(where, value, language, block_label=block_label)
        for problem in problems([slot], {where: written}, language):
            if problem.code not in _ELSEWHERE:
                code = problem.code if problem.code in _MINDED else "value"
                sizes = (str(len(typed_text(slot, written))), str(slot.max_length)) if code == "too_long" else ("", "")
                yield Finding("P7", code, where, 1, 1, *sizes, language=language)


def _brand(look: Brand) -> Iterator[Finding]:
    for name in ("name", "footer"):
        yield from source.typed(getattr(look, name), typeface=look.typeface, where=f"brand.{name}")


# --- what it looks like ---------------------------------------------------------------------------------------------


def proof(template: InvitationTemplate, case: Case) -> proofs.Proof:
    """The template drawn one way, its empty picture slots filled."""
    first, last = gate_samples.NAMES[case.name or "sami"]
    name = " ".join(part for part in (first, last) if part)
    sender = gate_samples.sender(case.language, case.size)
    if case.name and name:
        sender = dataclasses.replace(sender, name=name)
    values = gate_samples.values(template, case.language, case.size)
    document = build.document(
        template,
        values,
        language=case.language,
        brand=case.look,
        sender=sender,
        subject=samples.subject(template, case.language),
        preheader=samples.preheader(case.language),
    )
    member = samples.member(case.language) | {"first_name": first, "last_name": last, "full_name": name}
    shown = tuple(child for child in template.body if values.get(f"{child.id}.shown") != "no")
    document, extra = _with_pictures(document, shown, fill=case.size != "short")
    return proofs.Proof(document, tuple(str(child.id) for child in shown), member, extra)


def _with_pictures(document: Document, shown: tuple[Any, ...], *, fill: bool) -> tuple[Document, dict[str, bytes]]:
    """The document with a sample in each picture slot nobody has filled."""
    drawn, content = proofs.picture()
    sample = dataclasses.replace(drawn, url=f"{document.base_url}/i/{drawn.sha256}.jpg")
    blocks, used = [], False
    for block, child in zip(document.blocks, shown, strict=True):
        empty = [
            name
            for name, part in child.block.fields.items()
            if fill and part.slot_type == "image" and child.value[name]["slot"] and not block.values.get(name)
        ]
        used = used or bool(empty)
        blocks.append(
            dataclasses.replace(block, values={**block.values, **dict.fromkeys(empty, _alt(sample, document))})
        )
    return dataclasses.replace(document, blocks=tuple(blocks)), {drawn.sha256: content} if used else {}


def _alt(sample: Image, document: Document) -> Image:
    return dataclasses.replace(sample, alt=samples.WORDS["hero_alt"][document.language])
