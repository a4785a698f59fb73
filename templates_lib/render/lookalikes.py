"""Links and names that pretend to be another: what is shown must be where it leads (threat S21)."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"']+", re.IGNORECASE)
MAILBOX = re.compile(r"[^\s<>@\"'():,;]+@[^\s<>@\"'():,;]+\.[^\W\d_]{2,}")
DOMAIN = re.compile(r"(?:[\w-]+\.)+([^\W\d_]{2,})(?:/\S*)?\Z")
FILES = {"pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "txt", "png", "jpg", "jpeg", "zip", "ics"}
MIXABLE = {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}  # scripts with letters that look like another's
LAST_KNOWN = "\u017f"  # beyond it, and among these, Latin letters that hardly any language here writes
UNKNOWN = set("\u0131\u0138\u0149\u017f")


def disagreement(shown: str, target: str) -> tuple[str, str] | None:
    """(the address that is shown, where the link leads) where a link's words name an address and lead to another."""
    seen = _shown(shown)
    if not seen or _same(seen, target):
        return None
    leads = destination(target)
    return seen, target if leads == destination(seen) else leads


def destination(target: str) -> str:
    """Where a link leads, as one can read it: a host, or a mailbox."""
    if target.startswith("mailto:"):
        return _mailbox(target)
    return target.removeprefix("tel:") if target.startswith("tel:") else plain_host(_host(target))


def plain_address(url: str) -> str:
    """The address with the letters of its host told apart from those they look like (RFC 3492), where it needs to."""
    host = _host(url)
    if not is_odd(host):
        return url
    return re.sub(re.escape(host), plain_host(host), url, count=1, flags=re.IGNORECASE)


def plain_host(host: str) -> str:
    """As people read it, save for one made to look like another: that one in ASCII."""
    return _ascii(host) if is_odd(host) else _unicode(host)


def is_odd(host: str) -> bool:
    """Whether a host mixes alphabets, or has letters that only look like ours; one wholly in another is none."""
    letters = [c for c in _unicode(host) if c.isalpha()]
    scripts = {_script(c) for c in letters}
    strange = any(_script(c) == "LATIN" and (c > LAST_KNOWN or c in UNKNOWN) for c in letters)
    return strange or ("LATIN" in scripts and len(scripts) > 1)


def odd_hosts(text: str) -> list[str]:
    """The odd hosts among the addresses in a text, in ASCII, each once."""
    hosts = (_host(found.group()) for found in ADDRESS.finditer(text))
    return list(dict.fromkeys(plain_host(host) for host in hosts if is_odd(host)))


def mixed_words(text: str) -> list[str]:
    """The words of a name that mix alphabets: “Аnna” with a Cyrillic А."""
    words = re.findall(r"[^\W\d_]+", text)
    return [word for word in words if len({_script(c) for c in word} & MIXABLE) > 1]


def _shown(text: str) -> str:
    """The first address in a link's words, "" for none; a name of a file is no address."""
    text = " ".join(text.split())
    if found := MAILBOX.search(text) or ADDRESS.search(text):
        return found.group().rstrip(".,;:!?)…")
    domain = DOMAIN.match(text.rstrip(".…"))
    return domain.group() if domain and domain[1] not in FILES and domain.group().islower() else ""


def _same(seen: str, target: str) -> bool:
    if MAILBOX.fullmatch(seen):
        return target.startswith("mailto:") and _mailbox(target) == seen.casefold()
    if "://" not in target or _bare(_host(seen)) != _bare(_host(target)):
        return False
    return _way(target).startswith(_way(seen))  # a long address may be shown in short


def _mailbox(target: str) -> str:
    return target.removeprefix("mailto:").partition("?")[0].casefold()


def _way(address: str) -> str:
    """What follows the host."""
    _scheme, sep, rest = address.partition("://")
    return (rest if sep else address).partition("/")[2].rstrip("/…")


def _host(address: str) -> str:
    try:
        return urlsplit(address if "://" in address else f"https://{address}").hostname or ""
    except ValueError:
        return ""


def _bare(host: str) -> str:
    return _ascii(host).removeprefix("www.")


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def _unicode(host: str) -> str:
    return ".".join(_label(label) for label in host.split("."))


def _label(label: str) -> str:
    try:
        return label.encode("ascii").decode("idna") if label.startswith("xn--") else label
    except UnicodeError:
        return label


def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").split(" ")[0]
