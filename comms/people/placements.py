"""Which of the members' placements somebody may know about, and how a word is looked for in them."""

from __future__ import annotations

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Left

from comms.people.models import Unit
from comms.people.scope import Scope


def visible(scope: Scope, *, path: str = "unit__path") -> Q:
    """The placements (or, with `path="path"`, the units) that lists and filters may look at: those in the scope and
    those at employers that belong to a branch in it. A job elsewhere must not be found out by filtering.
    """
    if scope.staff:
        return Q()
    employers = Unit.objects.filter(scope.unit_paths("branch__path"), depth=1)
    in_their_trees = Exists(employers.filter(path=Left(OuterRef(path), Unit.steplen)))  # the first step is the root's
    return scope.unit_paths(path) | Q(in_their_trees)


def says(field: str, text: str) -> Q:
    """The field contains the text in any case; SQLite by itself knows the case of a–z only."""
    spellings = {text, text.lower(), text.upper(), text.capitalize()} if connection.vendor == "sqlite" else {text}
    condition = Q()
    for spelling in sorted(spellings):
        condition |= Q(**{f"{field}__icontains": spelling})
    return condition
