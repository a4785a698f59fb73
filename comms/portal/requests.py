"""The request a `@scoped` view gets."""

from __future__ import annotations

from django.http import HttpRequest

from comms.people.models import User


class SignedInRequest(HttpRequest):
    """`@scoped` has sent everybody else away, so there is a user. For type checking only."""

    user: User
