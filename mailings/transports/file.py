"""Mail as files, for the first run and for tests: `<folder>/<mailing>/<recipient>.eml`, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from mailings.transports.base import Events, Halted, Lost, Mail, Outcome


class FileTransport:
    """The same phases as SMTP: writing a hidden file is the content, renaming it is the dot."""

    def __init__(self, *, folder: Path) -> None:
        self.folder = folder

    def connect(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Lost(str(error)) from error

    def offers_utf8(self) -> bool:
        return True

    def deliver(self, mails: Iterable[Mail], events: Events) -> None:
        self.connect()
        for mail in mails:
            path = self._path(mail.folder, mail.name)
            draft = path.with_name(f".{mail.name}.{os.getpid()}")
            try:
                path.parent.mkdir(exist_ok=True)
                draft.write_bytes(mail.content)
            except OSError as error:
                raise Lost(str(error)) from error
            if not events.dot(mail):
                draft.unlink()
                raise Halted
            draft.rename(path)
            events.answer(mail, Outcome("accepted", reply="250 written to a file", queue_id=mail.name))

    def has(self, folder: str, name: str) -> bool | None:
        return self._path(folder, name).exists()

    def close(self) -> None:
        """There is nothing to close."""

    def _path(self, folder: str, name: str) -> Path:
        return self.folder / folder / f"{name}.eml"
