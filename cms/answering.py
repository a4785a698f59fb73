"""What staff do about a search that found nothing: write the page, teach the search, or say that it is not for us."""

from __future__ import annotations

import datetime

from django.db import transaction
from wagtail.log_actions import log

from cms.models import ArticlePage, BestBet, BestBetPage, LibraryPage, ShelfPage, Synonyms, Unfound
from comms.people.models import User


def begin_article(unfound: Unfound, *, shelf: ShelfPage, by: User) -> LibraryPage:
    """A draft on the shelf with the search as its question; the one that is begun already, if there is one. Readers see
    it as the answer once it is published (`cms.learning.answered_by`).
    """
    with transaction.atomic():
        unfound = Unfound.objects.select_for_update().get(pk=unfound.pk)
        if unfound.page:
            return unfound.page
        question = unfound.text[:1].upper() + unfound.text[1:]
        page = ArticlePage(title=question, language=by.language, responsible=by, owner=by, live=False)
        shelf.add_child(instance=page)
        log(instance=page, action="wagtail.create", user=by, content_changed=True)
        page.save_revision(user=by, clean=False)  # the short answer is not written yet
        Unfound.objects.filter(pk=unfound.pk).update(page=page)
    return page


def add_synonyms(unfound: Unfound, words: list[str], *, on: datetime.date) -> None:
    with transaction.atomic():
        Synonyms.objects.create(words="\n".join(words))
        _close(unfound, Unfound.State.ANSWERED, on=on)


def add_best_bet(unfound: Unfound, page: LibraryPage, *, on: datetime.date) -> None:
    """The page stands first for this search from now on; if others do already, after them."""
    with transaction.atomic():
        bet, _created = BestBet.objects.get_or_create(query=unfound.text)
        if not BestBetPage.objects.filter(bet=bet, page=page).exists():
            BestBetPage.objects.create(bet=bet, page=page, sort_order=BestBetPage.objects.filter(bet=bet).count())
        bet.save()  # whoever keeps best bets ready for searching hears of it
        _close(unfound, Unfound.State.ANSWERED, on=on, page=page)


def hide(unfound: Unfound, *, on: datetime.date) -> None:
    _close(unfound, Unfound.State.HIDDEN, on=on)


def bring_back(unfound: Unfound) -> None:
    Unfound.objects.filter(pk=unfound.pk).update(state=Unfound.State.WAITING, closed_on=None)


def _close(unfound: Unfound, state: str, *, on: datetime.date, page: LibraryPage | None = None) -> None:
    Unfound.objects.filter(pk=unfound.pk).update(state=state, closed_on=on, **({"page": page} if page else {}))
