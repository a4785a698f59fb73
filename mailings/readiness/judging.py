"""Is the sender's domain ready for large mailings? Pure: records in, a finding out. What it says is in `words`."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GOOD, BAD, UNKNOWN = "good", "bad", "unknown"
SPF_LOOKUPS = 10  # RFC 7208 §4.6.4
RSA_BYTES = 160  # a public key of 1024 bits, as it stands in the record; Google asks for no less
TESTING = re.compile(r"(^|:)y(:|$)")


@dataclass(frozen=True, slots=True)
class Finding:
    """`check` is spf, dkim, dmarc, ptr or tls; `about` the domain or server; `code` a key of `words.SAYS`; `found`
    what stands there now; `publish` the record that should, as (name, kind, value), empty when there is none to show.
    """

    check: str
    about: str
    state: str
    code: str
    found: tuple[str, ...] = ()
    publish: tuple[str, str, str] | tuple[()] = ()


@dataclass(frozen=True, slots=True)
class Spf:
    """A domain's SPF, followed to its end: what may send (networks), how many look-ups that took, and what is odd.

    broken      a part that leads nowhere
    everybody   it lets the whole world send
    opaque      a part that depends on the single mail, which we cannot follow
    """

    records: tuple[str, ...]
    networks: tuple[str, ...] = ()
    lookups: int = 0
    broken: bool = False
    everybody: bool = False
    opaque: bool = False


def judge_spf(domain: str, spf: Spf, *, senders: Sequence[str]) -> Finding:
    """RFC 7208. `senders` are the IP addresses mail leaves from, empty where that is a provider's business."""
    record = spf.records[0] if spf.records else ""
    missing = [ip for ip in senders if not covers(spf.networks, ip)]
    if not record:
        code = "spf_none"
    elif len(spf.records) > 1:
        code = "spf_two"
    elif spf.everybody:
        code = "spf_everybody"
    elif spf.lookups > SPF_LOOKUPS:
        code = "spf_long"
    elif spf.broken:
        code = "spf_broken"
    elif missing and spf.opaque:
        return Finding("spf", domain, UNKNOWN, "spf_opaque", spf.records)
    elif missing:
        code = "spf_not_us"
    else:
        return Finding("spf", domain, GOOD, "spf_good" if senders else "spf_there", spf.records)
    good = record if code == "spf_not_us" else "v=spf1 -all"
    wanted = missing if code == "spf_not_us" else senders
    return Finding("spf", domain, BAD, code, spf.records, (domain, "TXT", _with(good, wanted)) if senders else ())


def covers(networks: Iterable[str], ip: str) -> bool:
    address = ipaddress.ip_address(ip)
    return any(address in ipaddress.ip_network(network, strict=False) for network in networks)


def _with(record: str, ips: Sequence[str]) -> str:
    """The record with these senders allowed, in front of everything else it says."""
    start, _space, rest = record.partition(" ")
    allowed = [f"ip{ipaddress.ip_address(ip).version}:{ip}" for ip in ips]
    return " ".join([start, *allowed, rest]).strip()


def judge_dkim(domain: str, selector: str, records: Sequence[str]) -> Finding:
    """RFC 6376 §3.6.1. The key itself is the mail server's; we see only whether one stands there and is strong."""
    name = f"{selector}._domainkey.{domain}"
    publish = (name, "TXT", "v=DKIM1; k=rsa; p=…")
    tags = tags_of(records[0]) if records else {}
    key = _key(tags.get("p", ""))
    if not records:
        code = "dkim_none"
    elif "p" in tags and not tags["p"]:
        code = "dkim_revoked"
    elif len(records) > 1 or not key or tags.get("v", "DKIM1") != "DKIM1":
        code = "dkim_broken"
    elif tags.get("k", "rsa") == "rsa" and len(key) < RSA_BYTES:
        code = "dkim_weak"
    elif TESTING.search(tags.get("t", "")):
        code = "dkim_testing"
    else:
        return Finding("dkim", name, GOOD, "dkim_good", _short(records))
    return Finding("dkim", name, BAD, code, _short(records), publish)


def dkim_unnamed(domain: str) -> Finding:
    """Nobody has told under which name the mail server signs, so most likely it does not."""
    return Finding("dkim", domain, BAD, "dkim_unnamed", (), (f"…._domainkey.{domain}", "TXT", "v=DKIM1; k=rsa; p=…"))


def _key(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        return b""


def _short(records: Sequence[str]) -> tuple[str, ...]:
    return tuple(record if len(record) <= 80 else record[:80] + "…" for record in records)


def judge_dmarc(domain: str, records: Sequence[str]) -> Finding:
    """RFC 7489 §6.3; `records` are those of the domain, or of the one above that speaks for it."""
    publish = (f"_dmarc.{domain}", "TXT", f"v=DMARC1; p=none; rua=mailto:postmaster@{domain}")
    if not records:
        code = "dmarc_none"
    elif len(records) > 1:
        code = "dmarc_two"
    elif tags_of(records[0]).get("p", "").lower() not in {"none", "quarantine", "reject"}:
        code = "dmarc_broken"
    else:
        return Finding("dmarc", domain, GOOD, "dmarc_good", tuple(records))
    return Finding("dmarc", domain, BAD, code, tuple(records), publish)


def tags_of(record: str) -> dict[str, str]:
    """`v=DKIM1; p=…` as a dictionary (RFC 6376 §3.2)."""
    pairs = (part.partition("=") for part in record.split(";") if "=" in part)
    return {name.strip(): value.strip() for name, _equals, value in pairs}


def judge_ptr(ip: str, names: Sequence[str], *, confirmed: bool, wanted: str) -> Finding:
    """The sending server's address has a name, and that name leads back to the address. `wanted` is its name."""
    if confirmed:
        return Finding("ptr", ip, GOOD, "ptr_good", tuple(names))
    code = "ptr_other" if names else "ptr_none"
    reverse = ipaddress.ip_address(ip).reverse_pointer
    return Finding("ptr", ip, BAD, code, tuple(names), (reverse, "PTR", f"{wanted}."))


def ptr_untold(server: str) -> Finding:
    """Nobody has told from which servers mail leaves."""
    return Finding("ptr", server, UNKNOWN, "ptr_untold")


def judge_tls(server: str, offer: str) -> Finding:
    """`offer` is what the mail server answered: good, untrusted, none; or here, when it stands on this machine."""
    states = {"good": GOOD, "untrusted": BAD, "none": BAD, "here": UNKNOWN}
    return Finding("tls", server, states[offer], f"tls_{offer}")


def silent(check: str, about: str) -> Finding:
    """Nobody answered our question: that says nothing about the domain."""
    return Finding(check, about, UNKNOWN, "silent")
