"""What staff teach the search: words that mean the same, and the page that is the answer."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, InlinePanel, PageChooserPanel
from wagtail.models import Orderable

from cms.models.base import LibraryPage
from comms.people.models import Unit


class Synonyms(models.Model):
    """Words that find each other, one to a line."""

    words = models.TextField(
        _("words"), help_text=_("One word or phrase to a line. Each of them finds all the others.")
    )

    class Meta:
        verbose_name = _("synonyms")
        verbose_name_plural = _("synonyms")

    def __str__(self) -> str:
        return ", ".join(self.lines())

    def lines(self) -> list[str]:
        return [line.strip() for line in self.words.splitlines() if line.strip()]


class BestBet(ClusterableModel):
    """The pages that stand first when somebody searches for exactly this."""

    query = models.CharField(_("what people search for"), max_length=120, unique=True)

    panels = [FieldPanel("query"), InlinePanel("pages", label=_("Page"), min_num=1)]

    class Meta:
        verbose_name = _("best bet")
        verbose_name_plural = _("best bets")
        ordering = ["query"]

    def __str__(self) -> str:
        return self.query


class BestBetPage(Orderable):
    bet = ParentalKey(BestBet, on_delete=models.CASCADE, related_name="pages")
    page = models.ForeignKey(LibraryPage, verbose_name=_("page"), on_delete=models.CASCADE, related_name="+")

    panels = [PageChooserPanel("page", "cms.LibraryPage")]


class Word(models.Model):
    """A word of the titles and summaries some unit's representatives may read, or everybody (`unit` is None): what a
    mistyped word is compared with. Kept by `cms.search.spelling`.
    """

    unit = models.ForeignKey(Unit, null=True, on_delete=models.CASCADE, related_name="+")
    word = models.CharField(max_length=40)  # folded
    written = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "word"], name="cms_word_of_unit"),
            models.UniqueConstraint(fields=["word"], condition=models.Q(unit=None), name="cms_word_of_everybody"),
        ]

    def __str__(self) -> str:
        return self.written
