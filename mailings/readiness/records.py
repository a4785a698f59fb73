"""DNS records as texts, and an SPF record followed to its end. The resolver is dnspython's, or a test's."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

import dns.exception
import dns.resolver

from mailings.readiness.judging import SPF_LOOKUPS, Spf

SECONDS = 5.0  # for one question


class Silent(Exception):
    """No answer, or one that says "ask later"."""


@dataclass(frozen=True, slots=True)
class Dns:
    """Records as texts. No such name is an empty list; no answer is `Silent`."""

    resolver: dns.resolver.Resolver = field(default_factory=dns.resolver.Resolver)

    def ask(self, name: str, kind: str) -> list[str]:
        try:
            answer = self.resolver.resolve(name, kind, lifetime=SECONDS, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            raise Silent(type(error).__name__) from error
        if kind == "TXT":
            return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
        return [str(getattr(record, "exchange", record)).rstrip(".") for record in answer]

    def texts(self, name: str, version: str) -> list[str]:
        """The TXT records that say they are of this kind: `v=spf1`, `v=DMARC1`."""
        return [text for text in self.ask(name, "TXT") if text.split(" ")[0].split(";")[0].strip() == version]

    def addresses(self, host: str) -> list[str]:
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            return [*self.ask(host, "A"), *self.ask(host, "AAAA")]


def follow(domain: str, net: Dns) -> Spf:
    """The domain's SPF with everything it includes (RFC 7208 §5)."""
    records = net.texts(domain, "v=spf1")
    if len(records) != 1:
        return Spf(tuple(records))
    walk = _Walk(net)
    walk.record(records[0], domain)
    return Spf(
        tuple(records), tuple(walk.networks), walk.steps,
        broken=walk.broken, everybody=walk.everybody, opaque=walk.opaque,
    )  # fmt: skip


class _Walk:
    """Collects what the terms of a record allow. Only what passes (`+`) counts: a sender that is "maybe" is not."""

    def __init__(self, net: Dns) -> None:
        self.net, self.steps = net, 0
        self.networks: list[str] = []
        self.broken = self.everybody = self.opaque = False

    def record(self, text: str, domain: str) -> None:
        terms = text.split()[1:]
        for term in terms:
            if self.steps > SPF_LOOKUPS:  # a receiver gives up here
                return
            name, value = _split(term)
            if not term.startswith(("-", "~", "?")):
                self.term(name, value, domain)
        if not any(_split(term)[0] == "all" for term in terms):
            for term in terms:
                if term.lower().startswith("redirect="):
                    self.included(term.partition("=")[2])

    def term(self, name: str, value: str, domain: str) -> None:
        host, _slash, length = value.partition("/")
        if name == "all":
            self.everybody = True
        elif name in {"ip4", "ip6"}:
            self.network(value)
        elif name in {"exists", "ptr"} or "%{" in value:
            self.steps += 1
            self.opaque = True
        elif name == "include":
            self.included(host)
        elif name == "a":
            self.steps += 1
            self.hosts([host or domain], length)
        elif name == "mx":
            self.steps += 1
            self.hosts(self.net.ask(host or domain, "MX"), length)

    def included(self, domain: str) -> None:
        self.steps += 1
        records = self.net.texts(domain, "v=spf1")
        if len(records) != 1:
            self.broken = True
        else:
            self.record(records[0], domain)

    def hosts(self, hosts: list[str], length: str) -> None:
        for host in hosts:
            for ip in self.net.addresses(host):
                self.network(f"{ip}/{length}" if length.isdigit() and "." in ip else ip)

    def network(self, text: str) -> None:
        try:
            self.networks.append(str(ipaddress.ip_network(text, strict=False)))
        except ValueError:
            self.broken = True


def _split(term: str) -> tuple[str, str]:
    """`+include:example.org` -> ("include", "example.org"); `a/24` -> ("a", "/24")."""
    term = term.lstrip("+-~?")
    for at, char in enumerate(term):
        if char in ":/=":
            return term[:at].lower(), term[at:].removeprefix(":").removeprefix("=")
    return term.lower(), ""
