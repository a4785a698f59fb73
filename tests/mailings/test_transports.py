"""What only SMTP does, against a real server; what every way promises is in `test_transport_contract`."""

from __future__ import annotations

import threading
import time
from unittest import mock

import pytest

from mailings.transports.base import Lost, Mail, Outcome
from mailings.transports.dials import Dials
from mailings.transports.line import Line
from mailings.transports.replies import Reply, outcome, redact
from mailings.transports.smtp import SmtpTransport
from tests.mailings.ways import Told
from tests.sink import Sink


def mail(n: int, to: str = "") -> Mail:
    utf8 = not to.isascii()
    return Mail(
        n, "box", f"mail{n}", f"bounces+{n}@x.example", to or f"m{n}@example.com", utf8, b"Subject: x\r\n\r\nhej\r\n"
    )


def smtp(sink: Sink, **options: object) -> SmtpTransport:
    return SmtpTransport(host="127.0.0.1", port=sink.port, **options)


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize(
    ("phase", "reply", "kind"),
    [
        ("mail", "451 4.3.0 later", "deferred"),
        ("mail", "552 5.3.4 too big", "refused"),
        ("rcpt", "450 4.7.1 greylisted", "deferred"),
        ("rcpt", "550 5.1.1 unknown", "refused"),
        ("data", "451 4.3.0 later", "deferred"),
        ("dot", "452 4.3.1 disk full", "deferred"),
        ("dot", "554 5.7.1 spam", "refused"),
    ],
)
def test_a_no_in_any_phase_concerns_only_that_mail(pipelining, phase, reply, kind):
    seen = []

    def fault(at: str, to: str) -> str | None:
        if at != phase:
            return None
        seen.append(to)
        return reply if len(seen) == 2 else None

    with Sink(fault=fault, extensions=("PIPELINING",) if pipelining else ()) as sink:
        told, transport = Told(), smtp(sink)
        transport.deliver([mail(n) for n in (1, 2, 3)], told)
        transport.close()
    assert [told.outcomes[n].kind for n in (1, 2, 3)] == ["accepted", kind, "accepted"]
    assert sink.recipients == ["m1@example.com", "m3@example.com"]
    assert sink.server.connections == 1
    assert ("dot", 2) not in told.log or phase == "dot"


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
@pytest.mark.parametrize("how", ["cut", "421 4.3.2 shutting down"])
def test_a_connection_lost_before_the_dot_leaves_the_mail_without_an_outcome(pipelining, phase, how):
    def fault(at: str, to: str) -> str | None:
        return how if at == phase and len(sink.mails) == 1 else None

    with Sink(fault=fault, extensions=("PIPELINING",) if pipelining else ()) as sink:
        told = Told()
        with pytest.raises(Lost):
            smtp(sink).deliver([mail(n) for n in (1, 2, 3)], told)
    assert list(told.outcomes) == [1]
    assert ("dot", 2) not in told.log


def test_a_connection_lost_after_the_dot_is_said_to_be_lost():
    with Sink(fault=lambda at, to: "cut" if at == "dot" else None) as sink:
        told = Told()
        with pytest.raises(Lost):
            smtp(sink).deliver([mail(1), mail(2)], told)
    assert {n: o.kind for n, o in told.outcomes.items()} == {1: "lost"}


def test_a_late_answer_to_the_dot_is_waited_for(monkeypatch):
    monkeypatch.setattr("mailings.transports.smtp.TICK_SECONDS", 0.05)
    ticks = []
    with Sink(delay=0.4) as sink:
        told, transport = Told(), smtp(sink)
        told.waiting = lambda: ticks.append(1)
        transport.deliver([mail(1)], told)
        transport.close()
    assert told.outcomes[1].kind == "accepted"
    assert len(ticks) >= 3


def test_no_answer_at_all_is_lost_when_patience_ends(monkeypatch):
    monkeypatch.setattr("mailings.transports.talk.DOT_SECONDS", 0.2)
    with Sink(delay=5) as sink:
        told = Told()
        with pytest.raises(Lost):
            smtp(sink).deliver([mail(1)], told)
    assert told.outcomes[1].kind == "lost"


# --- several connections ----------------------------------------------------------------------------------------------
def test_several_connections_work_at_the_same_time():
    with Sink(delay=0.2) as sink:
        transport, told = smtp(sink, connections=4), Told()
        transport.deliver([mail(n) for n in range(1, 9)], told)
        transport.close()
    assert len(told.outcomes) == 8
    assert [what for what, _row in told.log[:4]] == ["dot"] * 4
    assert sink.server.connections == 4


def test_a_connection_is_made_beside_those_at_work(monkeypatch):
    """A server far away takes many times there and back until it is ready for mail."""
    dial, answered, waited = SmtpTransport._dial, threading.Event(), []

    def long_way(transport):
        if threading.current_thread() is not threading.main_thread():
            waited.append(answered.wait(10))
        return dial(transport)

    monkeypatch.setattr(SmtpTransport, "_dial", long_way)
    with Sink(delay=0.02) as sink:
        transport, told = smtp(sink, connections=2), Told()
        told.answer = lambda mail, outcome: (Told.answer(told, mail, outcome), answered.set())
        transport.deliver([mail(n) for n in range(1, 31)], told)
        transport.close()
    assert waited == [True]
    assert set(told.kinds.values()) == {"accepted"}
    assert (len(told.outcomes), sink.server.connections) == (30, 2)


def test_a_connection_that_comes_too_late_is_hung_up():
    come, gone = threading.Event(), threading.Event()

    def dial():
        come.wait(10)
        line = mock.create_autospec(Line, instance=True)
        line.quit.side_effect = gone.set
        return line

    dials = Dials(dial)
    dials.begin()
    assert (dials.made(), dials.pending, dials.stop()) == ([], 1, [])
    come.set()
    assert gone.wait(10)
    assert dials.made() == []


def test_whatever_goes_wrong_while_dialling_is_a_lost_connection():
    """Else the others would wait for it for ever."""
    dials = Dials(mock.Mock(side_effect=UnicodeError("label too long")))
    dials.begin()
    for _ in range(500):
        if made := dials.made():
            break
        time.sleep(0.01)
    assert [str(one) for one in made] == ["UnicodeError"]
    assert dials.pending == 0


def test_one_connection_makes_no_more_than_it_needs():
    with Sink() as sink:
        transport = smtp(sink, connections=4)
        transport.deliver([mail(1)], Told())
        transport.deliver([mail(2)], Told())
        transport.close()
    assert sink.server.connections == 1


def test_a_lost_connection_leaves_the_others_working():
    with Sink(fault=lambda at, to: "cut" if (at, to) == ("dot", "m1@example.com") else None, delay=0.05) as sink:
        transport, told = smtp(sink, connections=3), Told()
        with pytest.raises(Lost) as lost:
            transport.deliver([mail(n) for n in range(1, 10)], told)
        transport.close()
    assert lost.value.row == 1
    kinds = {row: outcome.kind for row, outcome in told.outcomes.items()}
    assert kinds.pop(1) == "lost"
    assert set(kinds.values()) == {"accepted"}
    assert len(kinds) >= 6  # all but what the lost connection held


def test_a_server_that_wants_one_connection_only_gets_one():
    with Sink(
        fault=lambda at, to: "421 4.7.0 too many" if at == "connect" and sink.server.connections > 1 else None
    ) as sink:
        transport, told = smtp(sink, connections=4), Told()
        transport.deliver([mail(n) for n in range(1, 21)], told)
        transport.close()
    assert len(told.outcomes) == 20
    assert sink.server.connections == 2  # asked once, then not for a minute


def test_pipelining_takes_one_round_trip_per_mail():
    with Sink() as sink:
        transport, told = smtp(sink), Told()
        transport.connect()
        writes = []
        write = transport._lines[0].write
        transport._lines[0].write = lambda data: (writes.append(data), write(data))
        transport.deliver([mail(n) for n in range(1, 11)], told)
        transport.close()
    assert len(told.outcomes) == 10
    assert len(writes) <= 13


def test_without_smtputf8_an_address_with_å_is_skipped_and_no_dot_leaves():
    with Sink(extensions=("PIPELINING",)) as sink:
        told, transport = Told(), smtp(sink)
        transport.deliver([mail(1, "åsa@example.com"), mail(2)], told)
        transport.close()
    assert told.outcomes[1] == Outcome("skipped", reason="smtputf8")
    assert sink.recipients == ["m2@example.com"]
    assert ("dot", 1) not in told.log


def test_a_sender_the_server_refuses_is_the_connections_trouble():
    with Sink(fault=lambda at, to: "530 5.7.0 sign in" if at == "mail" else None) as sink:
        told = Told()
        with pytest.raises(Lost) as lost:
            smtp(sink).deliver([mail(1)], told)
    assert (lost.value.reason, told.outcomes) == ("server_refuses", {})


def test_encryption_is_required_except_towards_this_machine(monkeypatch):
    monkeypatch.setattr("mailings.transports.smtp.is_loopback", lambda host: False)
    with Sink() as sink:
        with pytest.raises(Lost) as lost:
            smtp(sink).connect()
        transport = smtp(sink, starttls_required=False)
        transport.connect()
        transport.close()
    assert lost.value.reason == "server_refuses"


def test_a_server_that_hangs_up_at_once_is_lost():
    with Sink(fault=lambda at, to: "421 4.3.2 busy" if at == "connect" else None) as sink, pytest.raises(Lost):
        smtp(sink).connect()


def test_a_connection_is_left_after_some_number_of_mails(monkeypatch):
    monkeypatch.setattr("mailings.transports.talk.MAILS_PER_CONNECTION", 2)
    with Sink() as sink:
        transport = smtp(sink)
        for n in (1, 3, 5):
            transport.deliver([mail(n), mail(n + 1)], Told())
        transport.close()
    assert (sink.server.connections, len(sink.mails)) == (3, 6)


# --- what an answer means -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(550, "5.1.1 no such user"), "mailbox_unknown"),
        (Reply(550, "no such user"), "mailbox_unknown"),
        (Reply(550, "5.7.1 blocked"), "policy"),
        (Reply(552, "5.2.2 full"), "mailbox_full"),
        (Reply(552, "5.3.4 too big"), "too_large"),
        (Reply(554, "5.4.4 no such domain"), "domain_unknown"),
        (Reply(550, "5.2.1 disabled"), "mailbox_closed"),
        (Reply(553, "5.6.7 no SMTPUTF8"), "smtputf8"),
        (Reply(599, "whatever"), "refused"),
        (Reply(450, "4.7.1 greylisted"), "greylisted"),
        (Reply(452, "4.2.2 over quota"), "mailbox_full"),
        (Reply(452, "4.3.1 disk"), "server_busy"),
        (Reply(442, "odd"), "later"),
    ],
)
def test_reasons(reply, reason):
    assert outcome(reply).reason == reason


def test_an_answer_is_stored_without_anybodys_address():
    said = redact(
        "550 <Anna.Lind@example.com>: user anna.lind not at\x00 example.com; ask post@x.example",
        to="anna.lind@example.com",
    )
    assert said == "550 <<address>>: user <address> not at example.com; ask <address>"
    assert len(redact("x" * 5000)) == 300
