"""Every way mail can leave the house, each against something real, told and asked in the same words."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from email.message import EmailMessage
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mailings.skeleton import Letterhead, compile_message
from mailings.transports import providers
from mailings.transports.base import Mail, Outcome, Transport
from mailings.transports.esp import EspTransport
from mailings.transports.file import FileTransport
from mailings.transports.smtp import SmtpTransport
from templates_lib.render.merge import hole
from tests.providers import ROLES, Got, Provider
from tests.sink import Sink

PLAYED = [name for name in ROLES if name != "amazon_ses" or find_spec("boto3")]
SMTP = ["smtp", "smtp without pipelining", "smtp on three connections"]
EVERY = ["file", *SMTP, *PLAYED]
TALKING = [*SMTP, *PLAYED]  # somebody answers, and may say no
HEAD = Letterhead(
    from_name="Åsa Lind, Förbundet", from_address="utskick@union.example.org", reply_to="asa@union.example.org",
    list_id="meetings.union.example.org",
)  # fmt: skip
TEXT = f"Hej {hole('first_name')}!\n.punkt {{{{7*7}}}}\n{hole('unsubscribe_url')}\n"
HTML = (
    f'<p title="{hole("last_name")}">Hej {hole("first_name")}! {{{{7*7}}}} <a href="{hole("unsubscribe_url")}">nej</a>'
)
ENTRY = "BEGIN:VCALENDAR\r\nSUMMARY:Årsmöte\r\nEND:VCALENDAR\r\n"
PDF = b"%PDF-1.7 " + bytes(range(256)) * 20
ANSWERS = {  # the same fault, as an SMTP server says it
    "invalid": ("rcpt", "550 5.1.1 no such user"),
    "later": ("dot", "452 4.3.1 too busy"),
    "cut": ("dot", "cut"),
    "locked": ("mail", "530 5.7.0 sign in first"),
}


def letter(
    *, head: Letterhead = HEAD, subject: str = f"Möte, {hole('first_name')}", pdf_name: str = "Årsmöte.pdf"
) -> Any:
    """A compiled message with two files."""
    prints = {"calendar": ENTRY}
    face = SimpleNamespace(language="sv", subject=subject, text=TEXT, html=HTML, pdf_name=pdf_name, prints=prints)
    return compile_message(face, head, pdf=PDF)


LETTER = letter()


def number(n: int) -> str:
    return f"{n:032x}"


def make_mail(n: int, to: str = "", *, compiled: Any = LETTER, first: str = "Åsa", last: str = "Lind") -> Mail:
    """A message as the post office makes them, for recipient `n`."""
    to = to or f"m{n}@example.com"
    link = f"https://portal.example.org/u/{n}/"
    content = compiled.message(
        to=to, date="Fri, 12 Mar 2027 18:00:00 +0000", message_id=f"<{number(n)}.1@union.example.org>",
        values={"first_name": first, "last_name": last, "unsubscribe_url": link}, unsubscribe=link,
    )  # fmt: skip
    return Mail(n, "box", number(n), f"bounces+{number(n)}@union.example.org", to, not to.isascii(), content)


class Told:
    """Records what a transport tells, in order; `stop_at` says no to that mail's dot."""

    def __init__(self, stop_at: int = -1) -> None:
        self.log: list[tuple[str, int]] = []
        self.outcomes: dict[int, Outcome] = {}
        self.stop_at = stop_at
        self.ticks = 0

    def dot(self, mail: Mail) -> bool:
        self.log.append(("dot", mail.row))
        return mail.row != self.stop_at

    def answer(self, mail: Mail, outcome: Outcome) -> None:
        assert mail.row not in self.outcomes, "an answer twice"
        self.log.append(("answer", mail.row))
        self.outcomes[mail.row] = outcome

    def idle(self) -> None:
        """Nothing else is to be done."""

    def waiting(self) -> None:
        self.ticks += 1

    @property
    def kinds(self) -> dict[int, str]:
        return {row: outcome.kind for row, outcome in sorted(self.outcomes.items())}


@dataclass
class Way:
    """`faults` maps an address to what goes wrong with it (`tests.providers.Fault`); `again` makes another transport
    to the same place; `gone` takes the place away.
    """

    name: str
    transport: Transport
    again: Callable[[], Transport]
    mails: Callable[[], list[Got]]
    faults: dict[str, str]
    gone: Callable[[], None]

    @property
    def arrived(self) -> list[str]:
        return sorted(mail.to[0] for mail in self.mails())


def read(content: bytes) -> Got:
    """A message as its recipient's program reads it."""
    m: EmailMessage = email.message_from_bytes(content, policy=email.policy.default)
    assert not m.defects
    files = [(part.get_filename(), part.get_payload(decode=True)) for part in m.iter_attachments()]
    text, html = (m.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html"))
    return Got(
        to=[str(one) for one in m.get_all("To")], sender=str(m["From"]), subject=str(m["Subject"]), text=text,
        html=html, headers={name.lower(): str(value) for name, value in m.items()}, files=files,
        metadata={}, tracked=False, reply_to=str(m["Reply-To"]),
    )  # fmt: skip


def open_way(name: str, folder: Path, settings: Any) -> Iterator[Way]:
    """One way, ready to be used; run as a fixture."""
    faults: dict[str, str] = {}
    if name == "file":
        box = folder / "mail" / "box"
        make = lambda: FileTransport(folder=folder / "mail")  # noqa: E731
        yield Way(
            name, make(), make, lambda: [read(path.read_bytes()) for path in sorted(box.glob("*.eml"))], faults,
            lambda: None,
        )  # fmt: skip
    elif name in SMTP:
        yield from _smtp(name, faults)
    else:
        yield from _provider(name, faults, settings)


def _smtp(name: str, faults: dict[str, str]) -> Iterator[Way]:
    def fault(phase: str, address: str) -> str | None:
        kind = faults.get(address) or faults.get("everybody", "")
        at, reply = ANSWERS.get(kind, ("", ""))
        return reply if phase == at else None

    connections = 3 if "three" in name else 1
    extensions = ("SMTPUTF8",) if "without" in name else ("PIPELINING", "SMTPUTF8")
    with ExitStack() as stack:
        sink = stack.enter_context(Sink(extensions=extensions, fault=fault))
        make = lambda: SmtpTransport(host="127.0.0.1", port=sink.port, connections=connections)  # noqa: E731
        way = Way(name, make(), make, lambda: [read(mail.content) for mail in sink.mails], faults, stack.close)
        yield way
        way.transport.close()


def _provider(name: str, faults: dict[str, str], settings: Any) -> Iterator[Way]:
    with ExitStack() as stack:
        provider = stack.enter_context(Provider(name, fault=lambda to: faults.get(to) or faults.get("everybody")))
        settings.ANYMAIL = provider.settings
        make = lambda: EspTransport(providers.KNOWN[name], calls=20)  # noqa: E731
        way = Way(name, make(), make, lambda: provider.mails, faults, stack.close)
        yield way
        way.transport.close()
        assert provider.troubles == []


@pytest.fixture
def way(request, tmp_path, settings) -> Iterator[Way]:
    yield from open_way(request.param, tmp_path, settings)


def over(*names: str) -> Any:
    """Runs a test over these ways."""
    return pytest.mark.parametrize("way", names, indirect=True)
