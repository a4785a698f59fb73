"""What stands between a draft and its recipients: pure rules over the facts of one draft.

Every problem says what is wrong in plain words and at which step it is put right. A blocking one stops the sending;
a warning is shown and left to the sender.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from mailings.coverage import PREHEADER, SUBJECT
from mailings.insertions import Change
from mailings.reading import links_in, words
from mailings.tongues import Tongue, in_a_sentence
from templates_lib import slots as slots_module
from templates_lib.render import lookalikes, merge
from templates_lib.slots import Slot, parse_moment

GMAIL_CLIPS_AT = 100_000  # bytes of HTML; Gmail hides what comes after about 102 kB
LEFT_BRACKETS = re.compile(r"(?<!\[)\[(?!\[)[^\[\]]{1,60}\](?!\])")  # "[date]", a place somebody meant to fill in
FIELD = re.compile(r"\[\[[^\[\]]{1,60}\]\]")
NOT_THE_BEGINNING = ("until", "answer")


@dataclass(frozen=True, slots=True)
class Problem:
    """`step` is the URL name below `mailings:` where it is put right, `key` the slot or field ("" for the whole),
    `language` the translation it is about ("" for the sender's own text).
    """

    code: str
    message: Any
    step: str = "text"
    blocking: bool = True
    key: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """One draft as the rules see it.

    `now` is local and naive, as the typed times are; `size` counts bytes of HTML, None when it cannot be drawn;
    `consumers` are recipients at Gmail and the like, counted only while the sender's domain is not ready for them,
    `consumer_limit` how many of them are too many then; `family` is the brand's typeface; `tongues` are the other
    languages that somebody among the recipients reads; `changed` are passages of the library that say something else
    by now; `at_work` are recipients whose address lies at an employer, `can_refuse` whether they may be left out;
    `sender` is the name in From.
    """

    slots: Sequence[Slot]
    values: Mapping[str, Any]
    subject: str
    language: str
    now: datetime.datetime
    reach: int
    may_send: bool
    own: bool = True
    size: int | None = 0
    preheader: str = ""
    consumers: int = 0
    consumer_limit: int = 0
    family: str = "Lato"
    tongues: Sequence[Tongue] = ()
    changed: Sequence[Change] = ()
    at_work: int = 0
    can_refuse: bool = True
    sender: str = ""

    @property
    def asked(self) -> list[Slot]:
        """The slots of what goes with the message: not of a part that was left out."""
        return asked(self.slots, self.values)


def asked(slots: Sequence[Slot], values: Mapping[str, Any]) -> list[Slot]:
    """The slots of what goes with the message: not of a part that was left out."""
    gone = slots_module.left_out(slots, values)
    return [slot for slot in slots if slot.block not in gone and slot.type != "shown"]


def problems(facts: Facts) -> list[Problem]:
    """All of them, the blocking ones first, otherwise in the order of the page."""
    rules = (_mandate, _subject, *TEXT_RULES, _dates, _languages, _library, _audience, _work, _name, _sender, _weight)
    found = [problem for rule in rules for problem in rule(facts)]
    return sorted(found, key=lambda problem: not problem.blocking)


def _mandate(facts: Facts) -> Iterator[Problem]:
    if not facts.may_send:
        message = _("The mandate this invitation is written under has ended or may not send. Take the draft over.")
        yield Problem("mandate", message, step="check")
    elif not facts.own:
        yield Problem(
            "not_own", _("Somebody else wrote this draft. Take it over to send it in your name."), step="check"
        )


def _subject(facts: Facts) -> Iterator[Problem]:
    if not facts.subject.strip():
        yield Problem("subject", _("The subject is empty. Members read it first."), key="subject")


def _slots(facts: Facts) -> Iterator[Problem]:
    """What the template's own types refuse: nothing filled in, too long, a letter no font can draw, a bad link."""
    for problem in slots_module.problems(facts.slots, facts.values, facts.language, family=facts.family):
        yield Problem(problem.code, problem.message, key=problem.key)


def _left_behind(facts: Facts) -> Iterator[Problem]:
    """Sample text nobody replaced, and fields the mail cannot fill."""
    typed = [(slot, words(facts.values.get(slot.key))) for slot in facts.asked]
    for slot, text in typed:
        if slot.example and text.strip() == words(slot.example):
            sample = _("“%(label)s” still holds the sample text.") % {"label": slot.label}
            yield Problem("sample", sample, key=slot.key, blocking=False)
    heads = [(SUBJECT, facts.subject), (PREHEADER, facts.preheader)]
    for key, text in [*heads, *((slot.key, text) for slot, text in typed)]:
        for left in LEFT_BRACKETS.findall(text):
            yield Problem("brackets", _("Something is left to fill in: %(text)s") % {"text": left}, key=key)
        for left in FIELD.findall(text):
            if merge.open_holes(left) == left:
                literal = _("%(field)s is not a field we can fill in; members would read it as it stands.")
                yield Problem("field", literal % {"field": left}, key=key)


def _dates(facts: Facts) -> Iterator[Problem]:
    """A time that has passed, an end before the beginning, an answer asked for after the event itself."""
    known = list(times(facts.asked, facts.values))
    begins = min((time for slot, time in known if not _part(slot).startswith(NOT_THE_BEGINNING)), default=None)
    for slot, time in known:
        named = {"label": slot.label}
        if time < facts.now:
            yield Problem("past", _("“%(label)s” is in the past.") % named, key=slot.key)
        elif begins and _part(slot).startswith("until") and time <= begins:
            yield Problem("until", _("“%(label)s” comes before the beginning.") % named, key=slot.key)
        elif begins and _part(slot).startswith("answer") and time > begins:
            yield Problem("answer_by", _("“%(label)s” comes after the event itself.") % named, key=slot.key)


def times(asked: Iterable[Slot], values: Mapping[str, Any]) -> Iterator[tuple[Slot, datetime.datetime]]:
    """The times somebody has typed, in the order of the page; local and naive."""
    for slot in asked:
        if slot.type == "date_time" and (time := parse_moment(values.get(slot.key))):
            yield slot, time


def _part(slot: Slot) -> str:
    """The field of its block a slot fills: "when", "until", "answer_by"."""
    return slot.key.rpartition(".")[2]


def _look_alike_links(facts: Facts) -> Iterator[Problem]:
    """A link whose visible address leads somewhere else, and a host that looks like another (threat S21)."""
    for slot in facts.asked:
        value = facts.values.get(slot.key)
        pairs = list(_links(value))
        for shown, host in filter(None, (lookalikes.disagreement(*pair) for pair in pairs)):
            leads = _("The link shows %(shown)s but leads to %(host)s.") % {"shown": shown, "host": host}
            yield Problem("look_alike", leads, key=slot.key)
        for host in lookalikes.odd_hosts(" ".join([words(value), *(target for _shown, target in pairs)])):
            message = _(
                "The address %(host)s mixes alphabets, as addresses do that want to look like another. Check it."
            )
            yield Problem("odd_host", message % {"host": host}, key=slot.key, blocking=False)


def _links(value: Any) -> Iterator[tuple[str, str]]:
    """(what is shown, where it leads) of rich text, a link, or a place."""
    if isinstance(value, str):
        yield from links_in(value)
    elif isinstance(value, Mapping) and (url := value.get("url")):
        yield from ((str(value[name]), str(url)) for name in ("text", "name", "address") if value.get(name))


TEXT_RULES = (_slots, _left_behind, _look_alike_links)


def _languages(facts: Facts) -> Iterator[Problem]:
    """A language that is not complete is not sent; in one that is, every translated text is read like the sender's."""
    for tongue in facts.tongues:
        if not tongue.is_complete:
            yield _incomplete(tongue, facts)
            continue
        version = tongue.version
        said = replace(facts, slots=version.own, values=version.values, subject=version.subject)
        said = replace(said, preheader=version.preheader)
        for problem in (problem for rule in TEXT_RULES for problem in rule(said)):
            message = format_lazy("{}: {}", tongue.name, problem.message)
            yield replace(problem, message=message, language=tongue.language)


def _incomplete(tongue: Tongue, facts: Facts) -> Problem:
    own = in_a_sentence(facts.language)
    get = ngettext(
        "%(n)d member gets the invitation in %(language)s.",
        "%(n)d members get the invitation in %(language)s.",
        tongue.readers,
    ) % {"n": tongue.readers, "language": own}
    message = f"{tongue.name}: {tongue.state}. {get}"
    if tongue.version.unwritten:  # nothing the sender can put right
        return Problem("language_closed", message, step="check", blocking=False)
    key = tongue.version.missing[0]
    return Problem("language", message, key=key, blocking=False, language=tongue.language)


def _library(facts: Facts) -> Iterator[Problem]:
    """A passage of the library, in a language that is sent, whose article says something else by now."""
    sent = {facts.language: ""} | {one.language: one.name for one in facts.tongues if one.is_complete}
    places = {slot.key for slot in facts.asked}
    for change in facts.changed:
        if change.key not in places or change.language not in sent:
            continue
        if change.passage:
            message = _("The text from “%(title)s” has changed in the library. Take the new one or keep yours.")
        else:
            message = _("“%(title)s” in the library no longer has the text you took. Look whether yours still holds.")
        said: Any = message % {"title": change.title}
        found = Problem("library", said, key=change.key, blocking=False)
        name = sent[change.language]
        yield replace(found, message=format_lazy("{}: {}", name, said), language=change.language) if name else found


def _audience(facts: Facts) -> Iterator[Problem]:
    if not facts.reach:
        yield Problem("nobody", _("Nobody can be reached by e-mail with this choice of recipients."), step="recipients")


def _work(facts: Facts) -> Iterator[Problem]:
    if facts.at_work:
        found = ngettext(
            "%(n)d member will get this at an address at a workplace. The employer may be able to read it.",
            "%(n)d members will get this at an address at a workplace. The employer may be able to read it.",
            facts.at_work,
        ) % {"n": facts.at_work}
        advice = _("Ask them for a private address.")
        if not facts.can_refuse:
            advice = _("It is owed to them, so they get it all the same. Ask them for a private address.")
        yield Problem("work_address", format_lazy("{} {}", found, advice), step="check", blocking=False)


def _sender(facts: Facts) -> Iterator[Problem]:
    """Gmail, Yahoo and Microsoft refuse larger mailings from a domain that is not set up; so do we, before they do."""
    if facts.consumers and facts.consumers >= facts.consumer_limit:
        message = ngettext(
            "%(n)d recipient has a mailbox at Gmail, Outlook, Yahoo or iCloud. These take no larger mailings from us "
            "until the office has set up our mail domain. Your invitation is saved. Ask the office, or choose fewer "
            "recipients.",
            "%(n)d recipients have a mailbox at Gmail, Outlook, Yahoo or iCloud. These take no larger mailings from us "
            "until the office has set up our mail domain. Your invitation is saved. Ask the office, or choose fewer "
            "recipients.",
            facts.consumers,
        )
        yield Problem("sender", message % {"n": facts.consumers}, step="recipients")


def _name(facts: Facts) -> Iterator[Problem]:
    """A sender's name made to look like another (threat S21)."""
    if odd := lookalikes.mixed_words(facts.sender):
        message = _(
            "The name “%(name)s” mixes letters of two alphabets, as names do that want to look like another. "
            "Nothing is sent under it. Ask the office to correct it."
        )
        yield Problem("odd_name", message % {"name": odd[0]}, step="check")


def _weight(facts: Facts) -> Iterator[Problem]:
    if facts.size is None:
        yield Problem("drawing", _("The message cannot be drawn as it is. Look at links and fields in the text."))
    elif facts.size > GMAIL_CLIPS_AT:
        kilobytes = facts.size // 1000
        message = ngettext(
            "The mail is %(n)s kilobyte; some mail programs cut it off. Shorten the text.",
            "The mail is %(n)s kilobytes; some mail programs cut it off. Shorten the text.",
            kilobytes,
        )
        yield Problem("heavy", message % {"n": kilobytes}, blocking=False)
