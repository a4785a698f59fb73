"""Logs tell what happened and to which ids, never to whom: no token, no address, no name (threats S7, S22).

What an exception *says* may be anybody's name (a database quotes the whole row), so a log keeps its kind and the
place in the code, not its words. An exception class whose words are ours says so: `safe_to_log = True`.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.log import AdminEmailHandler
from pythonjsonlogger.json import JsonFormatter

MAILED = re.compile(r"(/[a-z]{1,2}/)[A-Za-z0-9_-]{28,}")  # /u/… and its sisters; no token is shorter
ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:=/]+(?:@|%40)[^\s<>()\[\]\"',;:/?&]+\.[^\s<>()\[\]\"',;:/?&]+")
IDS = ("request_id", "task_id", "mailing_id", "user_id")
ONE_MAIL_PER_SECONDS = 900

_about: ContextVar[Mapping[str, Any]] = ContextVar("about", default={})  # noqa: B039  (never changed in place)


# --- whose doing ----------------------------------------------------------------------------------------------------
@contextmanager
def about(**ids: object) -> Iterator[None]:
    """What is logged inside belongs to these: `request`, `request_id`, `mailing_id`. Ids, nothing else."""
    token = _about.set({**_about.get(), **ids})
    try:
        yield
    finally:
        _about.reset(token)


def ids() -> dict[str, str]:
    """Those of `IDS` that are known here and now; asks no database."""
    known = dict(_about.get())
    request: HttpRequest | None = known.pop("request", None)
    user = getattr(request, "_cached_user", None)  # set once somebody has asked who it is
    match = getattr(request, "resolver_match", None)
    task = getattr(sys.modules.get("celery"), "current_task", None)
    found = {
        "user_id": getattr(user, "pk", None),
        "mailing_id": match.kwargs.get("public_id") if match and "mailings" in match.namespaces else None,
        "task_id": task.request.id if task else None,
        **known,
    }
    return {name: str(found[name]) for name in IDS if found.get(name)}


# --- what may be said -----------------------------------------------------------------------------------------------
def mask(text: str) -> str:
    """Without tokens and mail addresses."""
    return ADDRESS.sub("<address>", MAILED.sub(r"\1…", text))


def kind(error: BaseException) -> str:
    """The class of an exception, with its words only where they cannot be about a person."""
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    words = str(error) if getattr(type(error), "safe_to_log", False) else ""
    if isinstance(error, OSError):
        words = words or error.strerror or ""  # without the file's name
    return f"{name}: {words}" if words else name


def trace(error: BaseException) -> str:
    """Where it happened, its causes first."""
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain:
        chain.append(following)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return "\n".join("".join([*traceback.format_tb(one.__traceback__), kind(one)]) for one in reversed(chain))


def _plain(value: object) -> object:
    return kind(value) if isinstance(value, BaseException) else value


def _arguments(record: logging.LogRecord) -> Any:
    """The record's arguments, exceptions replaced by their kind. Celery quotes a task's exception in words."""
    if isinstance(record.args, Mapping):
        said = {name: _plain(value) for name, value in record.args.items()}
        if record.name.startswith("celery") and record.exc_info and record.exc_info[1]:
            said |= {"exc": kind(record.exc_info[1]), "traceback": "", "args": "…", "kwargs": "…"}
        return said
    return tuple(map(_plain, record.args or ()))


class MaskTokens(logging.Filter):
    """For a handler: leaves in a record what may be read by whoever reads logs, and adds the ids it belongs to."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, BaseException):
            record.msg = kind(record.msg)
        record.args = _arguments(record)
        record.msg, record.args = mask(record.getMessage()), ()
        if record.exc_info and record.exc_info[1]:
            record.exc_text = mask(trace(record.exc_info[1]))
        if record.exc_info:
            record.exc_info = None
        known = ids()
        for name in IDS:
            setattr(record, name, known.get(name, ""))
        record.about = "".join(f" {name}={value}" for name, value in known.items())
        return True


# --- how it looks ---------------------------------------------------------------------------------------------------
class JsonLine(JsonFormatter):
    """One object per line with exactly these keys; what a library attaches to a record stays out."""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        log_data.update(time=self.formatTime(record), level=record.levelname, logger=record.name)
        log_data["message"] = record.getMessage() or json.dumps(message_dict)
        log_data.update({name: value for name in IDS if (value := getattr(record, name, ""))})
        if record.exc_text:
            log_data["error"] = record.exc_text


class AlarmMail(AdminEmailHandler):
    """Mails an error to ALARM_TO as it is logged, without what Django adds (form data, local variables); the same
    place in the code at most once in fifteen minutes per process.
    """

    mailed: dict[tuple[str, int], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        place, now = (record.pathname, record.lineno), time.monotonic()
        if not settings.ADMINS or now - self.mailed.get(place, -ONE_MAIL_PER_SECONDS) < ONE_MAIL_PER_SECONDS:
            return
        self.mailed[place] = now
        self.send_mail(self.format_subject(f"{record.levelname}: {record.getMessage()[:150]}"), self.format(record))
