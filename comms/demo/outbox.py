"""The mails written to `MAIL_DIR` instead of being sent: invitations by the file transport, sign-in codes by Django."""

from __future__ import annotations

import datetime
import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

SHOWN = 200  # newest mails in the list
DJANGO_SEPARATOR = b"\n" + b"-" * 79 + b"\n"  # django.core.mail.backends.filebased writes several mails into one file


class NoSuchMail(Exception):
    """The name is not that of a mail in the folder."""


@dataclass(frozen=True)
class Mail:
    """One mail. `name` is its path below the folder, `n` its place in the file."""

    name: str
    n: int
    written: datetime.datetime
    message: EmailMessage

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        return part.get_content() if part else ""

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        return part.get_content() if part else ""

    @property
    def attachments(self) -> list[tuple[str, str, bytes]]:
        """(file name, content type, content)."""
        return [
            (part.get_filename() or "file", part.get_content_type(), part.get_payload(decode=True) or b"")  # type: ignore[misc]
            for part in self.message.iter_attachments()
        ]


def newest(folder: Path) -> tuple[list[Mail], int]:
    """The newest mails first, and how many files there are altogether."""
    files = sorted(_files(folder), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    mails = [mail for path in files[:SHOWN] for mail in reversed(_read(folder, path))]
    return mails[:SHOWN], len(files)


def find(folder: Path, name: str, n: int) -> Mail:
    """The mail of that name. Raises `NoSuchMail`, also for a name that leads out of the folder."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or path.suffix not in (".eml", ".log") or not path.is_file():
        raise NoSuchMail(name)
    mails = _read(folder, path)
    if not 0 <= n < len(mails):
        raise NoSuchMail(name)
    return mails[n]


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.suffix in (".eml", ".log") and not path.name.startswith(".") and path.is_file():
            yield path


def _read(folder: Path, path: Path) -> list[Mail]:
    raw = path.read_bytes()
    parts = [raw] if path.suffix == ".eml" else [part for part in raw.split(DJANGO_SEPARATOR) if part.strip()]
    written = datetime.datetime.fromtimestamp(path.stat().st_mtime, tz=datetime.UTC)
    name = str(path.resolve().relative_to(folder.resolve()))
    return [
        Mail(name, n, written, email.message_from_bytes(part, policy=email.policy.default))  # type: ignore[arg-type]
        for n, part in enumerate(parts)
    ]
