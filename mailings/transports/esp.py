"""Mail through a provider's HTTP interface, by django-anymail: one call per mail, many calls at a time.

Each mail keeps its own headers, so there is no batch call (docs/decisions). The dot is the moment before the call is
written: a call that was written and not answered leaves the mail unknown, as a dot without an answer does.
"""

from __future__ import annotations

import email
import email.policy
import logging
import re
import socket
import time
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from anymail.exceptions import AnymailError
from anymail.message import AnymailMessage
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from requests.utils import get_environ_proxies

from mailings.transports import verdicts
from mailings.transports.base import Events, Halted, Lost, Mail, Outcome
from mailings.transports.providers import Provider
from mailings.transports.verdicts import Verdict

log = logging.getLogger(__name__)

CONNECT_SECONDS = 10
ANSWER_SECONDS = 120  # a short timeout here makes unknown mails
TICK_SECONDS = 5
OWN = ("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post")
ODD_REFUSALS = 5  # in a row, none accepted between: then it is about us, not about these mails
TEMPLATE = re.compile(r"\{(?=[{%#$])")  # how the providers' own template languages begin


class EspTransport:
    """Up to `calls` calls at a time to one provider. See `base.Transport`.

    It begins with one and takes one more for each that is answered; a call that is not brings it back to one, so that
    a provider in trouble leaves few mails unknown.
    """

    def __init__(self, provider: Provider, *, calls: int = 20, return_path: bool = False) -> None:
        self.provider, self.calls, self.return_path = provider, calls, return_path
        self._pool: ThreadPoolExecutor | None = None
        self._free: list[Any] = []  # Anymail backends, each with a connection of its own
        self._width = 1
        self._odd = ODD_REFUSALS  # until the first is accepted every odd refusal counts against us
        self._reached = False
        self._wait_until = 0.0

    # --- the connection ---------------------------------------------------------------------------------------------
    def connect(self) -> None:
        if self._pool is None:
            try:
                self._free = [self._backend()]
            except ImproperlyConfigured as error:
                raise Lost(str(error), reason="server_refuses") from error
            self._pool = ThreadPoolExecutor(self.calls, thread_name_prefix=self.provider.name)
        if not self._reached:
            self._knock()

    def _backend(self) -> Any:
        options: dict[str, Any] = {"timeout": (CONNECT_SECONDS, ANSWER_SECONDS)}
        if self.provider.name == "amazon_ses":
            options = {"client_params": _no_second_try(settings.ANYMAIL.get("AMAZON_SES_CLIENT_PARAMS", {}))}
        backend = get_connection(self.provider.backend, **options)
        backend.open()
        return backend

    def _knock(self) -> None:
        """Whether anybody is there, before a mail is marked: nobody's mail is to suffer from a closed door."""
        backend = self._free[0]
        url = getattr(backend, "api_url", "") or backend.client.meta.endpoint_url
        if not get_environ_proxies(url):
            parts = urlsplit(url)
            address = (parts.hostname or "", parts.port or {"http": 80}.get(parts.scheme, 443))
            try:
                socket.create_connection(address, timeout=CONNECT_SECONDS).close()
            except OSError as error:
                raise Lost(f"{self.provider.name}: {error}") from error
        self._reached = True

    def offers_utf8(self) -> bool:
        return self.provider.utf8

    def has(self, folder: str, name: str) -> bool | None:
        return None

    def close(self) -> None:
        pool, self._pool = self._pool, None
        self._reached = False
        if pool is not None:
            pool.shutdown(wait=True)
        for backend in self._free:
            backend.close()
        self._free = []

    # --- mails ------------------------------------------------------------------------------------------------------
    def deliver(self, mails: Iterable[Mail], events: Events) -> None:
        self.connect()
        under_way: dict[Future[Verdict], tuple[Mail, Any]] = {}
        lost: Lost | None = None
        halted = False
        for mail in mails:
            if mail.utf8 and not self.offers_utf8():
                events.answer(mail, Outcome("skipped", reason="smtputf8"))
                continue
            message = self._message(mail)
            while len(under_way) >= self._width and lost is None:
                lost = self._collect(under_way, events)
            self._rest(events)
            if lost is not None or (halted := not events.dot(mail)):
                break
            backend = self._free.pop() if self._free else self._backend()
            assert self._pool is not None
            under_way[self._pool.submit(self._call, backend, message, mail.to)] = (mail, backend)
        while under_way:  # their calls have left: whatever happens, their answers count
            lost = self._collect(under_way, events) or lost
        if lost is not None:
            self._reached, self._width = False, 1
            raise lost
        if halted:
            raise Halted

    def _rest(self, events: Events) -> None:
        while (left := self._wait_until - time.monotonic()) > 0:
            time.sleep(min(left, TICK_SECONDS))
            events.waiting()

    def _call(self, backend: Any, message: AnymailMessage, to: str) -> Verdict:
        """In a thread of its own: one call, and what became of it."""
        try:
            backend.send_messages([message])
        except Exception as error:
            if not isinstance(error, AnymailError | ImproperlyConfigured):
                log.error("a call to %s failed: %s", self.provider.name, type(error).__name__)
            return verdicts.of_error(error, to=to)
        return verdicts.of_status(message.anymail_status, provider=self.provider.name, to=to)

    def _collect(self, under_way: dict[Future[Verdict], tuple[Mail, Any]], events: Events) -> Lost | None:
        """Waits for an answer and tells it; a `Lost` when the connection or our account is the trouble."""
        done, _open = wait(under_way, timeout=TICK_SECONDS, return_when=FIRST_COMPLETED)
        if not done:
            events.waiting()
        lost: Lost | None = None
        for future in done:
            mail, backend = under_way.pop(future)
            self._free.append(backend)
            lost = self._answered(mail, future.result(), events) or lost
        return lost

    def _answered(self, mail: Mail, verdict: Verdict, events: Events) -> Lost | None:
        if verdict.doubtful:
            self._odd += 1
            if self._odd > ODD_REFUSALS:
                verdict = Verdict(Outcome("returned"), "server_refuses", verdict.outcome.reply)
        if verdict.outcome.kind == "accepted":
            self._odd, self._width = 0, min(self._width + 1, self.calls)
        events.answer(mail, verdict.outcome)
        if verdict.wait:
            self._width, self._wait_until = 1, time.monotonic() + verdict.wait
        if not verdict.reason:
            return None
        return Lost(f"{self.provider.name}: {verdict.detail}", reason=verdict.reason, row=mail.row)

    def _message(self, mail: Mail) -> AnymailMessage:
        sender = mail.sender if self.return_path and self.provider.return_path else ""
        return provider_message(mail, self.provider, return_path=sender)


def provider_message(mail: Mail, provider: Provider, *, return_path: str = "") -> AnymailMessage:
    """The finished mail taken apart again, as Anymail wants it: texts, files, and the headers that are its own."""
    whole = email.message_from_bytes(mail.content, policy=email.policy.SMTP)
    names = (*OWN, "Message-ID") if provider.message_id else OWN
    message = AnymailMessage(
        subject=_line(str(whole["Subject"] or "")),
        from_email=_address(whole, "From"),
        to=[mail.to],
        reply_to=[_address(whole, "Reply-To")] if whole["Reply-To"] else None,
        headers={name: str(whole[name]) for name in names if whole[name]} | provider.headers,
    )
    for part in whole.walk():
        if not part.is_multipart():
            _add(message, part)
    if provider.metadata:
        message.metadata = {"recipient": mail.name}
    if provider.tracking:
        message.track_opens = message.track_clicks = False
    if return_path:
        message.envelope_sender = return_path
    if provider.extra:
        message.esp_extra = dict(provider.extra)
    return message


def _no_second_try(client: dict[str, Any]) -> dict[str, Any]:
    """boto3 writes a call again when no answer comes: that would be the same mail twice."""
    ours = {"retries": {"total_max_attempts": 1}, "connect_timeout": CONNECT_SECONDS, "read_timeout": ANSWER_SECONDS}
    return {**client, "config": {**client.get("config", {}), **ours}}


def _add(message: AnymailMessage, part: EmailMessage) -> None:
    """The first plain text and the first HTML are the two faces; whatever else there is, is a file."""
    kind = part.get_content_type()
    if kind == "text/plain" and not message.body and not part.is_attachment():
        message.body = _inert(_text(part), "{\u200b")
    elif kind == "text/html" and not message.alternatives and not part.is_attachment():
        message.attach_alternative(_inert(_text(part), "&#123;"), "text/html")
    else:
        message.attach(part.get_filename(), part.get_payload(decode=True), kind)


def _text(part: EmailMessage) -> str:
    return part.get_content().replace("\r\n", "\n")


def _inert(text: str, brace: str) -> str:
    """Several providers run a template language over what they send: `{{7*7}}` is to arrive as it was typed (S5)."""
    return TEMPLATE.sub(brace, text)


def _address(message: EmailMessage, name: str) -> str:
    """`"Åsa Lind, Förbundet" <a@example.org>`, quoted where it must be.

    Not by the parsed header: between two encoded words of a name it leaves a blank that RFC 2047 §6.2 takes out.
    """
    raw = next(str(value) for key, value in message.raw_items() if key == name)
    shown, address = parseaddr(raw.replace("\r\n", ""))
    return str(Address(_line(str(make_header(decode_header(shown)))), addr_spec=address))


def _line(text: str) -> str:
    """Nor is `=?…?=` in a header to be decoded a second time."""
    return _inert(text, "{\u200b").replace("=?", "=\u200b?")
