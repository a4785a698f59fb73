"""Plain screens for staff (a mandate at the root unit): users, mandates, units, staff roles.

`users`, `mandates`, `units` and `roles` hold what may happen and say no with `Refused`; `views/` and `forms` only
ask them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Refused(ValueError):
    """Why something cannot be done, in words for the person who tried (lazily translated)."""

    def __init__(self, message: _StrPromise | str) -> None:
        super().__init__(message)
        self.message = message
