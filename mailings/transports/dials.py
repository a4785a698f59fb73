"""Connections made beside those at work: greeting, STARTTLS and AUTH are many times there and back."""

from __future__ import annotations

import threading
from collections.abc import Callable

from mailings.transports.base import Lost
from mailings.transports.line import Line


class Dials:
    """Each `begin` dials in a thread of its own; `made` hands over what has come of it since. What comes after
    `stop` is hung up.
    """

    def __init__(self, dial: Callable[[], Line]) -> None:
        self._dial, self._lock, self._stopped = dial, threading.Lock(), False
        self._made: list[Line | Lost] = []
        self.pending = 0  # begun and not handed over yet

    def begin(self) -> None:
        self.pending += 1
        threading.Thread(target=self._run, name="dial", daemon=True).start()

    def made(self) -> list[Line | Lost]:
        with self._lock:
            made, self._made = self._made, []
        self.pending -= len(made)
        return made

    def stop(self) -> list[Line]:
        """Whatever is connected already."""
        with self._lock:
            self._stopped = True
        return [line for line in self.made() if isinstance(line, Line)]

    def _run(self) -> None:
        made: Line | Lost
        try:
            made = self._dial()
        except Exception as error:  # else nobody would hear of it; whoever dials next does
            made = error if isinstance(error, Lost) else Lost(type(error).__name__)
        with self._lock:
            if not self._stopped:
                self._made.append(made)
                return
        if isinstance(made, Line):
            made.quit()
