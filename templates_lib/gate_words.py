"""What the gate's findings are called: one sentence each, in plain words, with the place to look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from comms.people.models import LANGUAGES
from templates_lib.blocks import vocabulary
from templates_lib.render.gate import Finding

# (check, code) -> the sentence; %(where)s is the phrase of the place, %(detail)s and %(more)s come with the finding
SENTENCES: dict[tuple[str, str], Any] = {
    ("", "empty"): gettext_lazy("The template is empty. Add a heading and a text."),
    ("", "no_footer"): gettext_lazy("Add the footer: it says why a member gets the message and how to refuse it."),
    ("", "broken"): gettext_lazy(
        "The check itself broke. It is not your fault; try again, then tell whoever runs this."
    ),
    ("", "restarted"): gettext_lazy("The check was interrupted and began again."),
    ("", "not_allowed"): gettext_lazy(
        "It passed, but was not published: it was changed meanwhile, or you may not publish it any more."
    ),
    ("", "not_done"): gettext_lazy("It passed, but could not be published. Try again."),
    ("", "face"): gettext_lazy("%(where)s cannot be drawn: %(detail)s"),
    ("", "pages"): gettext_lazy("The PDF of %(where)s would have more than 20 pages. Shorten the text."),
    ("", "depth"): gettext_lazy("%(where)s is nested too deeply. Paste it again as plain text."),
    ("", "picture"): gettext_lazy("A picture in %(where)s is too large or cannot be read. Choose another one."),
    ("", "memory"): gettext_lazy("The PDF of %(where)s would need too much memory. Use smaller pictures or less text."),
    ("", "time"): gettext_lazy("The PDF of %(where)s took too long. Use smaller pictures or less text."),
    ("", "pdf"): gettext_lazy("The PDF could not be made from %(where)s."),
    ("P1", "glyph"): gettext_lazy("The character ‘%(detail)s’ in %(where)s is not in the typeface. It is %(more)s."),
    ("P1", "no_glyph"): gettext_lazy("A character in %(where)s comes out as an empty box on paper."),
    ("P3", "text"): gettext_lazy("%(where)s reads otherwise on paper than it was written, from “%(detail)s” on."),
    ("P4", "font"): gettext_lazy(
        "“%(more)s” in %(where)s is drawn in the typeface %(detail)s, which is not the brand’s."
    ),
    ("P4", "emoji_font"): gettext_lazy(
        "%(where)s asks for the emoji typeface %(detail)s, which takes over the digits on some machines."
    ),
    ("P5", "split_family"): gettext_lazy(
        "%(where)s splits the typeface %(detail)s over several files; on some machines letters become dots."
    ),
    ("P5", "font_face"): gettext_lazy("%(where)s brings a typeface of its own, %(detail)s. Use the brand’s."),
    ("P5", "not_embedded"): gettext_lazy("The typeface %(detail)s is not part of the PDF."),
    ("P5", "no_text"): gettext_lazy("Text in the typeface %(detail)s can neither be searched nor read aloud."),
    ("P5", "type3"): gettext_lazy("The typeface %(detail)s is drawn as pictures (Type 3)."),
    ("P6", "foreign"): gettext_lazy("%(where)s refers to something outside the message: %(detail)s"),
    ("P6", "attachment"): gettext_lazy("%(where)s attaches a file to the PDF: %(detail)s"),
    ("P6", "form"): gettext_lazy("The PDF has a form or a script in it (%(detail)s)."),
    ("P7", "layout"): gettext_lazy("The mail layout of %(where)s cannot be read: %(detail)s"),
    ("P7", "parse"): gettext_lazy("The mail is not well-formed HTML in %(where)s: %(detail)s"),
    ("P7", "lang"): gettext_lazy("The mail does not say in which language it is written."),
    ("P7", "title"): gettext_lazy("The mail has no title. Write a subject."),
    ("P7", "alt"): gettext_lazy("Say what the picture in %(where)s shows, for those who do not see it."),
    ("P7", "images_off"): gettext_lazy("Without pictures nothing can be read in the mail."),
    ("P7", "contrast"): gettext_lazy(
        "The text “%(more)s” in %(where)s is too pale to read: %(detail)s. At least 4.5 to 1 is needed."
    ),
    ("P7", "heavy"): gettext_lazy("The mail is too heavy: %(detail)s kB, at most 100. Most of it is in %(where)s."),
    ("P7", "unsupported"): gettext_lazy("%(where)s uses %(detail)s, which %(more)s cannot show."),
    ("P7", "foreign"): gettext_lazy("The mail would fetch something from another host in %(where)s: %(detail)s"),
    ("P7", "long_word"): gettext_lazy(
        "“%(detail)s…” in %(where)s is one word of %(more)s characters; "
        "a phone cannot show it without scrolling sideways."
    ),
    ("P7", "pasted_table"): gettext_lazy(
        "%(where)s holds a table. A table falls apart on a phone: write a list, or paste it again as plain text."
    ),
    ("P7", "too_long"): gettext_lazy("%(where)s is %(detail)s characters long, at most %(more)s."),
    ("P7", "link"): gettext_lazy(
        "The address in %(where)s cannot be followed. It begins with https://, mailto: or tel:."
    ),
    ("P7", "link_text"): gettext_lazy("Write what the button says in %(where)s."),
    ("P7", "value"): gettext_lazy("%(where)s has to be filled in again."),
    ("P11", "name"): gettext_lazy("The name “%(detail)s” does not come out whole in %(where)s."),
    ("P11", "runs_off"): gettext_lazy("“%(detail)s” in %(where)s runs off the page."),
    ("P11", "overlap"): gettext_lazy("“%(detail)s” and “%(more)s” in %(where)s lie on top of each other."),
}
OTHERWISE = gettext_lazy("%(where)s does not pass the check %(detail)s.")


@dataclass(frozen=True, slots=True)
class Told:
    """A finding for a person's eyes: `message` is the whole sentence, `anchor` the block's id in the editor."""

    message: str
    where: str
    check: str
    code: str
    line: int
    column: int
    language: str
    anchor: str


def told(findings: Iterable[Finding | Mapping[str, Any]]) -> list[Told]:
    """Findings, or what a run stores of them, in the active language; the same sentence stands there once."""
    labels = _labels()
    found = [_told(one if isinstance(one, Finding) else Finding(**one), labels) for one in findings]
    return list({one.message: one for one in found}.values())


def _told(finding: Finding, labels: Mapping[str, str]) -> Told:
    where = labels.get(finding.where) or labels.get(finding.where.partition(".")[0]) or _("the message")
    phrase = where + _place(finding)
    sentence = str(SENTENCES.get((finding.check, finding.code), OTHERWISE))
    message = sentence % {"where": phrase, "detail": finding.detail, "more": finding.more}
    if "%(where)s" not in sentence and (place := _place(finding)):
        message += place
    return Told(
        message=message[:1].upper() + message[1:],
        where=where,
        check=finding.check,
        code=finding.code,
        line=finding.line,
        column=finding.column,
        language=finding.language,
        anchor=finding.anchor,
    )


def _place(finding: Finding) -> str:
    """“ (Swedish, line 1, column 7)”, as much of it as is known."""
    language = str(dict(LANGUAGES).get(finding.language, ""))
    spot = _("line %(line)d, column %(column)d") % {"line": finding.line, "column": finding.column}
    parts = [part for part in (language, spot if finding.line else "") if part]
    return f" ({', '.join(parts)})" if parts else ""


def _labels() -> dict[str, str]:
    """What staff call every block, field and part of a brand: "heading.kind" -> “Heading: Kind of message”."""
    labels = {"brand": _("the brand"), "brand.name": _("the brand’s name"), "brand.footer": _("the brand’s footer")}
    labels |= {"subject": _("the subject"), "sender": _("the sender’s name")}
    for kind, block in vocabulary():
        labels[kind] = f"“{block.label}”"
        for name, field in block.fields.items():
            same = str(field.label) == str(block.label)
            labels[f"{kind}.{name}"] = f"“{block.label}”" if same else f"“{block.label}: {field.label}”"
    return labels
