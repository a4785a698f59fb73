"""The words somebody searches for name people, so they never stand in a URL: they stay in the session, and the URL
has a key to them. The last few are kept, so that tabs do not disturb each other and "back" works.
"""

from __future__ import annotations

import secrets

from django.contrib.sessions.backends.base import SessionBase

NAME = "searches"
KEPT = 10


def keep(session: SessionBase, words: str) -> str:
    """The key under which the words are found again; "" for none."""
    if not words:
        return ""
    searches = [entry for entry in session.get(NAME, []) if entry[1] != words][-KEPT + 1 :]
    key = secrets.token_urlsafe(6)
    session[NAME] = [*searches, [key, words]]
    return key


def recall(session: SessionBase, key: str) -> str:
    """ "" when the key is unknown, as after signing in again."""
    return next((words for known, words in session.get(NAME, []) if known == key), "")
