"""Keeps mailed links out of the logs: whoever reads a log must not be able to use them (threats S7, S22)."""

from __future__ import annotations

import logging
import re

MAILED = re.compile(r"(/[a-z]{1,2}/)[A-Za-z0-9_-]{28,}")  # /u/… and its sisters; no token is shorter


class MaskTokens(logging.Filter):
    """For a handler: keeps the place of a token and drops the token, in the message and its arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        masked = MAILED.sub(r"\1…", message)
        if masked != message:
            record.msg, record.args = masked, ()
        return True
