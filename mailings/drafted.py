"""What the drafts of one's own units hold."""

from __future__ import annotations

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from comms.people.scope import Scope
from mailings.models import Mailing


def shows_picture(scope: Scope, sha256: str) -> bool:
    """Whether a mailing of the scope's own units shows the picture, in any of its languages."""
    own = Mailing.objects.within(scope).filter(unit__path__in=scope.paths)
    own |= Mailing.objects.within(scope, practice=True)
    texts = own.annotate(said=Cast("values", TextField()), said_too=Cast("translations", TextField()))
    return texts.filter(Q(said__contains=sha256) | Q(said_too__contains=sha256)).exists()
