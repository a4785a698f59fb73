"""One contract, run against every way of sending: the folder of the demo, SMTP servers, mail providers."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from mailings.composing import pdf_name
from mailings.transports import esp
from mailings.transports.base import Halted, Lost, Mail, Outcome
from templates_lib.render.merge import clean_line, escape, hole
from tests.mailings.ways import (
    ENTRY,
    EVERY,
    HEAD,
    PDF,
    PLAYED,
    SMTP,
    TALKING,
    Told,
    letter,
    make_mail,
    number,
    over,
    way,
)

__all__ = ["way"]
pytestmark = [
    pytest.mark.once,  # says nothing about the database
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
]
PLAIN = ("file", *SMTP)
NAUGHTY = [text for text in json.loads((Path(__file__).parents[1] / "corpora/blns.json").read_text()) if text]
HOSTILE = [
    *NAUGHTY[::23], "Eve\r\nBcc: eve@example.com", "{{7*7}}", "{% now %}", "%recipient.x%", "[[var:x]]", "*|X|*",
    "a, b", "=?utf-8?q?x?=", 'say "hi" \\', "<eve@example.com>", "ö" * 200,
]  # fmt: skip


def message_id(n: int) -> str:
    return f"<{number(n)}.1@union.example.org>"


def deliver(way, *mails, stop_at=-1) -> Told:
    told = Told(stop_at=stop_at)
    way.transport.deliver(mails, told)
    return told


# --- what every way promises ----------------------------------------------------------------------------------------
@over(*EVERY)
def test_every_mail_gets_a_dot_and_then_its_answer(way):
    told = Told()
    way.transport.connect()
    way.transport.deliver([make_mail(n) for n in range(1, 40)], told)
    assert told.kinds == dict.fromkeys(range(1, 40), "accepted")
    assert all(outcome.queue_id for outcome in told.outcomes.values())
    assert all(told.log.index(("dot", n)) < told.log.index(("answer", n)) for n in range(1, 40))
    assert len(told.log) == 78
    assert way.arrived == sorted(f"m{n}@example.com" for n in range(1, 40))


@over(*EVERY)
def test_each_mail_has_one_recipient_and_its_own_headers(way):
    deliver(way, *(make_mail(n, first=f"Åsa{n}") for n in (1, 2, 3)))
    for mail in way.mails():
        (to,) = mail.to
        n = int(to.removeprefix("m").partition("@")[0])
        link = f"https://portal.example.org/u/{n}/"
        assert mail.headers["list-unsubscribe"] == f"<{link}>"
        assert mail.headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
        assert mail.headers["list-id"] == "<meetings.union.example.org>"
        assert mail.headers.get("message-id") == (None if way.name == "mailjet" else message_id(n))
        assert not {"cc", "bcc"} & set(mail.headers)
        assert mail.subject == f"Möte, Åsa{n}"
        assert mail.text.startswith(f"Hej Åsa{n}!\n.punkt ")
        assert f"Hej Åsa{n}!" in mail.html
        assert link in mail.text
        assert link in mail.html
        assert "utskick@union.example.org" in mail.sender
        assert "Åsa Lind, Förbundet" in mail.sender or "=?utf-8?" in mail.sender  # Brevo wants it encoded
        assert mail.reply_to == "asa@union.example.org"
        assert mail.files == [("invitation.ics", ENTRY.encode()), ("Årsmöte.pdf", PDF)]


@over(*EVERY)
def test_a_dot_that_is_refused_leaves_no_mail(way):
    told = Told(stop_at=2)
    with pytest.raises(Halted):
        way.transport.deliver([make_mail(n) for n in (1, 2, 3)], told)
    assert 2 not in told.outcomes
    assert way.arrived == [f"m{n}@example.com" for n in told.kinds]


@over(*EVERY)
def test_it_can_be_used_again_after_a_halt_and_after_closing(way):
    with pytest.raises(Halted):
        deliver(way, make_mail(1), stop_at=1)
    deliver(way, make_mail(2))
    way.transport.close()
    deliver(way, make_mail(3))
    assert way.arrived == ["m2@example.com", "m3@example.com"]


@over(*EVERY)
def test_nothing_to_deliver_is_fine(way):
    assert deliver(way).log == []
    assert way.arrived == []


class SecondDot(Told):
    """Says no to the second dot, whichever connection comes to it."""

    def dot(self, mail: Mail) -> bool:
        super().dot(mail)
        return sum(kind == "dot" for kind, _row in self.log) < 2


@over(*EVERY)
def test_mails_are_taken_only_when_they_are_needed(way):
    told, made = SecondDot(), []

    def mails():
        for n in range(1, 50):
            made.append(n)
            yield make_mail(n)

    with pytest.raises(Halted):
        way.transport.deliver(mails(), told)
    assert len(made) <= 8  # one in hand and one ahead for each of three connections, one more, and the one that left


@over(*EVERY)
def test_a_letter_before_the_at_arrives_exactly_or_is_skipped(way):
    """RFC 6531; what cannot carry it says so, and no dot leaves."""
    way.transport.connect()
    carries = way.transport.offers_utf8()
    told = deliver(way, make_mail(1, "åsa@example.com"), make_mail(2))
    if carries:
        assert way.arrived == ["m2@example.com", "åsa@example.com"]
    else:
        assert told.outcomes[1] == Outcome("skipped", reason="smtputf8")
        assert ("dot", 1) not in told.log
        assert way.arrived == ["m2@example.com"]


@over(*EVERY)
def test_whether_it_arrived_is_known_or_said_to_be_unknown(way):
    deliver(way, make_mail(1))
    assert way.transport.has("box", number(1)) in {True, None}
    assert way.transport.has("box", number(2)) in {False, None}


@over(*EVERY)
def test_no_hostile_name_subject_or_file_name_changes_a_mail(way):
    """Threat S4, on the far side: one recipient, the same headers, every field as it was typed."""
    deliver(way, make_mail(1000))
    usual = set(way.mails()[0].headers)
    lines = [clean_line(text) or "x" for text in HOSTILE]
    for n, (text, line) in enumerate(zip(HOSTILE, lines, strict=True)):
        subject = f"{line} {hole('last_name')}"
        compiled = letter(head=replace(HEAD, from_name=line), subject=subject, pdf_name=pdf_name(line))
        deliver(way, make_mail(n, compiled=compiled, first=text, last=text))
    arrived = {mail.to[0]: mail for mail in way.mails()}
    assert len(way.mails()) == len(arrived) == len(HOSTILE) + 1
    for n, (text, line) in enumerate(zip(HOSTILE, lines, strict=True)):
        mail = arrived[f"m{n}@example.com"]
        assert set(mail.headers) == usual
        assert not [value for value in mail.headers.values() if "\n" in value]
        assert bare(mail.subject) == bare(f"{line} {escape(text, 'header')}")
        assert "\n" not in mail.sender
        assert bare(mail.sender.replace("\\", "")).count("@") == bare(line).count("@") + 1
        assert mail.files == [("invitation.ics", ENTRY.encode()), (pdf_name(line), PDF)]
        assert way.name in PLAIN or not re.search(r"\{[{%#]", mail.subject + mail.text + mail.html)


def bare(text: str) -> str:
    """Without white space, quotes, and what makes braces inert."""
    return re.sub(r'[\s"\u200b]', "", text)


# --- those who may say no -------------------------------------------------------------------------------------------
@over(*TALKING)
@pytest.mark.parametrize(("fault", "kind", "reasons"), [
    ("invalid", "refused", {"mailbox_unknown", "bad_address"}),
    ("later", "deferred", {"server_busy"}),
])  # fmt: skip
def test_a_no_concerns_only_that_mail(way, fault, kind, reasons, monkeypatch):
    monkeypatch.setattr("mailings.transports.verdicts.SHORTEST_WAIT", 0.01)
    way.faults["m2@example.com"] = fault
    told = deliver(way, *(make_mail(n) for n in (1, 2, 3)))
    assert told.kinds == {1: "accepted", 2: kind, 3: "accepted"}
    assert told.outcomes[2].reason in reasons
    assert "example.com" not in told.outcomes[2].reply
    assert way.arrived == ["m1@example.com", "m3@example.com"]


@over(*TALKING)
def test_cut_off_after_the_dot_nobody_knows(way):
    way.faults["m2@example.com"] = "cut"
    told = Told()
    with pytest.raises(Lost) as lost:
        way.transport.deliver([make_mail(n) for n in (1, 2, 3)], told)
    assert lost.value.reason == "no_connection"
    assert told.kinds[2] == "lost"
    assert ("dot", 3) not in told.log or told.kinds[3] == "accepted"
    assert "m2@example.com" in way.arrived


@over(*TALKING)
def test_nobody_there_leaves_every_mail_without_an_outcome(way):
    way.gone()
    told = Told()
    with pytest.raises(Lost) as lost:
        way.transport.deliver([make_mail(1)], told)
    assert lost.value.reason == "no_connection"
    assert told.log == []


@over(*TALKING)
def test_a_place_that_closes_later_leaves_the_next_mail_without_an_outcome(way):
    deliver(way, make_mail(1))
    way.transport.close()
    way.gone()
    told = Told()
    with pytest.raises(Lost):
        way.transport.deliver([make_mail(2)], told)
    assert told.outcomes == {}


@over(*TALKING)
def test_a_key_that_is_refused_is_our_trouble_and_burns_nobody(way):
    way.faults["everybody"] = "locked"
    way.faults["bounces+" + number(1) + "@union.example.org"] = "locked"
    told = Told()
    with pytest.raises(Lost) as lost:
        way.transport.deliver([make_mail(n) for n in (1, 2, 3)], told)
    assert lost.value.reason == "server_refuses"
    assert set(told.kinds.values()) <= {"returned"}
    assert way.arrived == []


# --- providers only -------------------------------------------------------------------------------------------------
@over(*PLAYED)
def test_silence_after_the_call_was_written_is_lost(way, monkeypatch):
    monkeypatch.setattr(esp, "ANSWER_SECONDS", 0.5)
    way.faults["m1@example.com"] = "silent"
    told = Told()
    with pytest.raises(Lost):
        way.transport.deliver([make_mail(1), make_mail(2)], told)
    assert told.kinds == {1: "lost"}
    assert ("dot", 2) not in told.log
    assert way.arrived == ["m1@example.com"]


@over(*PLAYED)
def test_a_failure_of_theirs_is_lost(way):
    way.faults["m1@example.com"] = "error"
    told = Told()
    with pytest.raises(Lost):
        way.transport.deliver([make_mail(1)], told)
    assert told.kinds == {1: "lost"}


@over(*(name for name in PLAYED if name != "sendgrid"))  # whose yes has no body
def test_an_answer_nobody_can_read_is_lost(way):
    way.faults["m1@example.com"] = "garbage"
    told = Told()
    with pytest.raises(Lost):
        way.transport.deliver([make_mail(1)], told)
    assert told.kinds == {1: "lost"}
    assert way.arrived == ["m1@example.com"]


@over(*PLAYED)
def test_an_address_the_provider_has_blocked_is_refused_with_that_reason(way):
    way.faults["m2@example.com"] = "blocked"
    told = deliver(way, make_mail(1), make_mail(2))
    assert (told.outcomes[2].kind, told.outcomes[2].reason) == ("refused", "provider_blocks")


@over(*PLAYED)
def test_a_refusal_of_everything_is_our_trouble_and_burns_nobody(way):
    way.faults["everybody"] = "odd"
    told = Told()
    with pytest.raises(Lost) as lost:
        way.transport.deliver([make_mail(n) for n in range(1, 9)], told)
    assert lost.value.reason == "server_refuses"
    assert told.kinds == {1: "returned"}


@over(*PLAYED)
def test_an_odd_refusal_among_accepted_mails_is_that_mails_own(way):
    way.faults["m2@example.com"] = "odd"
    told = deliver(way, *(make_mail(n) for n in (1, 2, 3)))
    assert told.kinds == {1: "accepted", 2: "refused", 3: "accepted"}


@over(*PLAYED)
def test_nothing_is_tracked_and_our_id_goes_with_the_mail(way):
    deliver(way, make_mail(7))
    (mail,) = way.mails()
    assert not mail.tracked
    assert mail.metadata == {"recipient": number(7)}
    assert mail.return_path == ""


@over(*PLAYED)
def test_the_return_path_goes_where_the_provider_takes_it(way):
    transport = way.again()
    transport.return_path = True
    transport.deliver([make_mail(7)], Told())
    transport.close()
    expected = f"bounces+{number(7)}@union.example.org" if transport.provider.return_path else ""
    assert [mail.return_path for mail in way.mails()] == [expected]


@over(*PLAYED)
def test_a_mail_without_a_name_to_greet_keeps_both_faces(way):
    deliver(way, make_mail(1, first=""))
    (mail,) = way.mails()
    assert mail.text.startswith("Hej!\n")
    assert "<p" in mail.html


@over(*PLAYED)
def test_what_a_template_language_would_evaluate_arrives_as_it_was_typed(way):
    """Threat S5: the brace is written so that no engine sees it and every reader does."""
    deliver(way, make_mail(1, compiled=letter(subject="{{7*7}} {% x %}")))
    (mail,) = way.mails()
    assert "{{" not in mail.subject + mail.text + mail.html
    assert mail.subject.replace("\u200b", "") == "{{7*7}} {% x %}"
    assert "{{7*7}}" in mail.text.replace("\u200b", "")
    assert "{{7*7}}" in mail.html.replace("&#123;", "{")
