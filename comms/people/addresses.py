"""E-mail addresses as people write them (demand V4): å and ü are welcome, a refusal says why and suggests."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterator

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from email_validator import EmailNotValidError, ValidatedEmail, validate_email

# What copying out of a web page or a spreadsheet leaves behind: nobody sees it, no address has it.
INVISIBLE = dict.fromkeys(map(ord, "\u00a0\u00ad\u034f\u061c\u180e\u2007\u202f\ufeff"))
INVISIBLE |= dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)])

# Endings and mail hosts that do not exist and are one slip of the finger from one that does.
ENDINGS = dict.fromkeys(["con", "cmo", "ocm", "comm", "coom", "vom", "xom", "cpm", "c0m"], "com")
ENDINGS |= {"ogr": "org", "orgg": "org", "nett": "net", "sse": "se", "noo": "no", "dkk": "dk"}
HOSTS = dict.fromkeys(
    ["gmial.com", "gamil.com", "gnail.com", "gmai.com", "gmil.com", "gmali.com", "gmaill.com", "gemail.com"],
    "gmail.com",
)
HOSTS |= dict.fromkeys(["hotmial.com", "hotmal.com", "hotnail.com", "hotmai.com", "hormail.com"], "hotmail.com")
HOSTS |= dict.fromkeys(["outlok.com", "outllook.com", "outlool.com"], "outlook.com")
HOSTS |= dict.fromkeys(["iclod.com", "icoud.com", "icloud.co"], "icloud.com")
MAIL_HOSTS = ("gmail.com", "hotmail.com", "hotmail.se", "outlook.com", "icloud.com", "live.se", "live.no", "telia.com")


class AddressRefused(ValueError):
    """Why an address cannot be written to, in plain words.

    `message` is lazily translated, `character` the one that is wrong ("" when it is not one character),
    `suggestion` a valid address the person probably meant, or "".
    """

    def __init__(self, message: object, *, character: str = "", suggestion: str = "") -> None:
        super().__init__(message)
        self.message, self.character, self.suggestion = message, character, suggestion

    def __str__(self) -> str:
        return str(self.message)


def normalise_address(raw: str) -> str:
    """The canonical form: trimmed, nothing invisible, NFC, the domain in lower-case Unicode letters.

    Raises `AddressRefused`. Quoted local parts, address literals and names of this machine are refused: no member
    has one (RFC 6531 for å, RFC 5891 for the domain, RFC 6761 for reserved names).
    """
    text = tidy(raw)
    problem = next(_problems(text), None)
    if problem is None:
        try:
            return _parse(text).normalized
        except (EmailNotValidError, UnicodeError):
            problem = (_("This is not a complete e-mail address."), "")
    message, character = problem
    raise AddressRefused(message, character=character, suggestion=suggest(text))


def split_wire(address: str) -> tuple[str, str, bool]:
    """A normalised address as SMTP wants it: `(local part, ASCII domain, whether the server must know SMTPUTF8)`."""
    local, _at, domain = address.rpartition("@")
    if address.isascii():
        return local, domain, False
    parsed = _parse(address)
    return parsed.local_part, parsed.ascii_domain, parsed.smtputf8


def address_key(address: str, *, key: str) -> str:
    """A keyed hash by which a refused address stays refused after erasure; "" for no address (hex, 64 chars)."""
    if not address:
        return ""
    return hmac.new(key.encode(), address.casefold().encode(), hashlib.sha256).hexdigest()


def tidy(raw: str) -> str:
    """What the person meant to type: no invisible characters, no surrounding space, composed letters (NFC)."""
    return unicodedata.normalize("NFC", raw.translate(INVISIBLE).strip(" \t\u3000"))


def suggest(text: str) -> str:
    """A valid address that `text` was probably meant to be, or ""."""
    repaired = _repair(text)
    if repaired == text or next(_problems(repaired), None):
        return ""
    try:
        return _parse(repaired).normalized
    except (EmailNotValidError, UnicodeError):
        return ""


def _parse(text: str) -> ValidatedEmail:
    return validate_email(text, check_deliverability=False, strict=True, allow_smtputf8=True)


def _problems(text: str) -> Iterator[tuple[object, str]]:
    """`(message, character)` for everything we can name better than "not valid"; the first one is told."""
    if not text:
        yield _("There is no address."), ""
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp", "Co", "Cs", "Cn"}:
            yield _no_room_for(character), character
    if "<" in text and text.endswith(">"):
        yield _("Write the address alone, without the name."), "<"
    if text.count("@") > 1:
        yield _("There is more than one @. Write one address."), "@"
    if text and "@" not in text:
        yield _("There is no @ in the address."), "@"
    local, _at, domain = text.rpartition("@")
    for character in local:
        if character in ' "(),:;<>[\\]' or (
            not character.isascii() and unicodedata.category(character)[0] not in "LMN"
        ):
            yield _no_room_for(character), character
    for character in domain:
        if not (character.isalnum() or character in ".-。．" or unicodedata.category(character)[0] == "M"):
            yield _no_room_for(character), character
    yield from _problems_of_parts(local, domain)


def _problems_of_parts(local: str, domain: str) -> Iterator[tuple[object, str]]:
    if ".." in local or ".." in domain:
        yield _("There are two dots in a row."), "."
    if local.startswith(".") or local.endswith(".") or domain.startswith(".") or domain.endswith("."):
        yield _("A part of the address begins or ends with a dot."), "."
    if not local:
        yield _("Nothing stands before the @."), "@"
    if not domain:
        yield _("Nothing stands after the @."), "@"
    ending = domain.rpartition(".")[2].lower()
    if domain and "." not in domain:
        yield format_lazy(_("“{domain}” lacks its ending, such as .se or .com."), domain=domain), ""
    if ending in ENDINGS:
        yield format_lazy(_("No address ends in “.{ending}”."), ending=ending), ""
    if domain.lower() in HOSTS:
        yield format_lazy(_("“{domain}” looks like a slip of the finger."), domain=domain), ""


def _no_room_for(character: str) -> object:
    if character == " ":
        return _("There is a space in the address.")
    if character in "\r\n":
        return _("There is a line break in the address.")
    if character.isprintable() and unicodedata.category(character)[0] not in "CZM":
        return format_lazy(_("The character “{character}” cannot stand there."), character=character)
    name = unicodedata.name(character, "control character").lower()
    return format_lazy(
        _("There is an invisible character in the address: {name}."), name=f"U+{ord(character):04X} {name}"
    )


def _repair(text: str) -> str:
    """The usual slips undone, one after the other."""
    text = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Zl", "Zp", "Cn", "Co"})
    named = re.search(r"<\s*([^<>\s]+@[^<>\s]+)\s*>", text)
    text = named[1] if named else re.sub(r"^mailto:", "", text.strip(), flags=re.I)
    if text.count("@") > 1 and (several := re.split(r"[\s;,/]+", text)) and several[0].count("@") == 1:
        text = several[0]
    text = re.sub(r"\s*[(\[{](?:at|a|snabel-?a|krøllalfa)[)\]}]\s*", "@", text, flags=re.I)
    text = re.sub(r"\s+", "", re.sub(r"@+", "@", text)).strip(".,;:'\"<>()[]")
    if "@" not in text:
        text = next((f"{text[: -len(host)]}@{host}" for host in MAIL_HOSTS if text.lower().endswith(host)), text)
    local, at, domain = text.rpartition("@")
    local = re.sub(r"\.{2,}", ".", local.replace(",", ".").replace('"', "")).strip(".")
    domain = re.sub(r"\.{2,}", ".", domain.replace(",", ".").replace(";", ".")).strip(".-")
    host, _dot, ending = domain.rpartition(".")
    if ending.lower() in ENDINGS:
        domain = f"{host}.{ENDINGS[ending.lower()]}"
    return f"{local}{at}{HOSTS.get(domain.lower(), domain)}"
