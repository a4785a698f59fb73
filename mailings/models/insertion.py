"""A passage of the library that was put into a mailing."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from cms.models import LibraryPage
from comms.people.models import LANGUAGES
from mailings.models.mailing import Mailing


class Insertion(models.Model):
    """One passage as it was taken into one text of a mailing. It is linked as long as the text holds its words; see
    `mailings.insertions`.

    `declined` is the state (digest, or `GONE`) of which the sender said “keep mine”; `told` the one of which the sender
    of a confirmed mailing was told; `stale` says that the article was published anew since then, so that there may be
    something to tell.
    """

    GONE = "gone"

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="insertions")
    slot = models.CharField(max_length=120)
    language = models.CharField(max_length=2, choices=LANGUAGES)
    page = models.ForeignKey(LibraryPage, null=True, on_delete=models.SET_NULL, related_name="+")
    block = models.CharField(max_length=36)  # its id in the page's text, or cms.passages.ANSWER
    title = models.CharField(max_length=255)  # the article's, as the sender saw it
    html = models.TextField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    declined = models.CharField(max_length=64, blank=True)
    told = models.CharField(max_length=64, blank=True)
    stale = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["id"], name="insertion_stale", condition=Q(stale=True))]

    def __str__(self) -> str:
        return f"{self.mailing_id}:{self.slot}"
