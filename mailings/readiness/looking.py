"""The questions behind the findings, put to DNS and to the mail server."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import dns.reversename

from mailings.readiness import judging
from mailings.readiness.judging import Finding
from mailings.readiness.records import SECONDS, Dns, Silent, follow
from mailings.transports.smtp import is_loopback


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who we are on the net. `hosts` are names or addresses mail leaves from; `server` (host, port, TLS from the
    start) is where we hand it over, None for a provider's HTTP interface.
    """

    from_domain: str
    bounce_domain: str
    selectors: tuple[str, ...]
    hosts: tuple[str, ...]
    server: tuple[str, int, bool] | None


def look(sender: Sender, *, net: Dns, probe: Callable[[str, int, bool], str]) -> list[Finding]:
    """Everything that can be found out about the sender now."""
    return [*_spf(sender, net), *_dkim(sender, net), *_dmarc(sender, net), *_ptr(sender, net), *_tls(sender, probe)]


def _spf(sender: Sender, net: Dns) -> Iterator[Finding]:
    for domain in dict.fromkeys((sender.bounce_domain, sender.from_domain)):
        try:
            ips = [ip for host in sender.hosts for ip in net.addresses(host)]
            yield judging.judge_spf(domain, follow(domain, net), senders=ips)
        except Silent:
            yield judging.silent("spf", domain)


def _dkim(sender: Sender, net: Dns) -> Iterator[Finding]:
    if not sender.selectors:
        yield judging.dkim_unnamed(sender.from_domain)
    for selector in sender.selectors:
        name = f"{selector}._domainkey.{sender.from_domain}"
        try:
            records = [text for text in net.ask(name, "TXT") if "p=" in text]
            yield judging.judge_dkim(sender.from_domain, selector, records)
        except Silent:
            yield judging.silent("dkim", name)


def _dmarc(sender: Sender, net: Dns) -> Iterator[Finding]:
    """The domain's own, or that of the nearest domain above it."""
    labels = sender.from_domain.split(".")
    above = [".".join(labels[at:]) for at in range(len(labels) - 1)]
    try:
        found = next((texts for name in above if (texts := net.texts(f"_dmarc.{name}", "v=DMARC1"))), [])
        yield judging.judge_dmarc(sender.from_domain, found)
    except Silent:
        yield judging.silent("dmarc", sender.from_domain)


def _ptr(sender: Sender, net: Dns) -> Iterator[Finding]:
    if sender.server and not sender.hosts:
        yield judging.ptr_untold(sender.server[0])
    for host in sender.hosts:
        try:
            for ip in net.addresses(host):
                names = net.ask(dns.reversename.from_address(ip).to_text(), "PTR")
                confirmed = any(ip in net.addresses(name) for name in names)
                wanted = f"mail.{sender.from_domain}" if host == ip else host
                yield judging.judge_ptr(ip, names, confirmed=confirmed, wanted=wanted)
        except Silent:
            yield judging.silent("ptr", host)


def _tls(sender: Sender, probe: Callable[[str, int, bool], str]) -> Iterator[Finding]:
    if sender.server is None:
        return
    host, port, from_start = sender.server
    if is_loopback(host):
        yield judging.judge_tls(host, "here")
        return
    try:
        yield judging.judge_tls(host, probe(host, port, from_start))
    except OSError:  # smtplib's errors are some
        yield judging.silent("tls", host)


def probe_tls(host: str, port: int, from_start: bool) -> str:
    """What the mail server offers: good, untrusted (a certificate nobody vouches for) or none. Raises `OSError`."""
    context = ssl.create_default_context()
    try:
        if from_start:
            with smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context):
                return "good"
        with smtplib.SMTP(host, port, timeout=SECONDS) as session:
            session.ehlo()
            if not session.has_extn("starttls"):
                return "none"
            session.starttls(context=context)
            return "good"
    except ssl.SSLCertVerificationError:
        return "untrusted"
