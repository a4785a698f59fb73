"""The gallery: by task, in one's own language and brand, and what one's branch used last."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from mailings import gallery
from mailings.models import Mailing, MailingState
from templates_lib import brands, library, samples, thumbnails
from templates_lib.models import Brand, InvitationTemplate
from tests.factories import make_mandate, make_unit
from tests.mailings.design import make_draft


@pytest.fixture
def shipped(db) -> dict[str, InvitationTemplate]:
    return {template.slug: template for template in library.install(samples.topics())}


@pytest.fixture
def alice(union, sign_in):
    return sign_in(union.alice)


def used(mandate, template: InvitationTemplate) -> Mailing:
    mailing = make_draft(mandate, template=template, ready=False)
    now = timezone.now()
    Mailing.unscoped.filter(pk=mailing.pk).update(
        state=MailingState.DONE, confirmed_at=now, confirmed_by=mandate.user, finished_at=now
    )
    return mailing


def test_templates_stand_under_their_task(alice, union, shipped):
    page = alice.get(reverse("mailings:new"))
    shown = {task: [card.template.slug for card in cards] for task, cards in page.context["shelves"]}
    assert sum(map(len, shown.values())) == len(shipped)
    assert sorted(shown[InvitationTemplate.Task.MEETING.label]) == ["annual-meeting", "member-meeting"]


def test_it_speaks_the_representatives_language(union, shipped, sign_in):
    union.alice.language = "da"
    union.alice.save()
    page = sign_in(union.alice).get(reverse("mailings:new")).content.decode()
    assert "Indkaldelse til generalforsamling" in page
    assert "Kallelse till årsmöte" not in page


def test_what_my_branch_used_last_comes_first_and_says_who(alice, union, shipped):
    used(union.mandate(union.alice), shipped["member-meeting"])
    used(union.mandate(union.charlie), shipped["annual-meeting"])
    cards = dict(alice.get(reverse("mailings:new")).context["shelves"])[InvitationTemplate.Task.MEETING.label]
    assert [(card.template.slug, card.used_by) for card in cards] == [
        ("member-meeting", "Alice"),
        ("annual-meeting", ""),
    ]


def test_a_retired_template_is_not_offered(alice, union, shipped):
    InvitationTemplate.objects.filter(slug="course").update(retired_at=timezone.now())
    assert "Inbjudan till kurs" not in alice.get(reverse("mailings:new")).content.decode()
    start = {"template": shipped["course"].pk, "mandate": union.mandate(union.alice).public_id}
    assert alice.post(reverse("mailings:create"), start).status_code == 404


@pytest.mark.parametrize("many", [1, 3])
def test_the_gallery_costs_the_same_for_one_and_for_three(union, shipped, many, django_assert_num_queries):
    for slug in list(shipped)[many:]:
        shipped[slug].delete()
    for slug in list(shipped)[:many]:
        used(union.mandate(union.alice), shipped[slug])
    scope = gallery.Scope.of(union.alice, on=timezone.localdate())
    brand = brands.brand_for(union.branch_a)
    with django_assert_num_queries(2):
        found = gallery.shelves(scope=scope, unit=union.branch_a, language="sv", brand=brand)
    assert sum(len(cards) for _task, cards in found) == many


def test_a_thumbnail_is_drawn_once_in_the_branchs_own_look(alice, union, shipped, monkeypatch):
    address = reverse("mailings:thumbnail", args=[shipped["course"].pk, union.mandate(union.alice).public_id])
    first = alice.get(address)
    assert first.content.startswith(b"\x89PNG")
    assert first["Cache-Control"].startswith("private")
    monkeypatch.setattr(thumbnails.pdf_worker, "make_pdf", None)  # drawing again would fail
    assert alice.get(address).content == first.content
    monkeypatch.undo()
    Brand.objects.create(unit=union.root, primary="#0b5563", accent="#e2543a")
    assert alice.get(address).content != first.content


def test_a_template_is_looked_at_before_anything_is_begun(alice, union, shipped):
    args = [shipped["welcome"].pk, union.mandate(union.alice).public_id]
    assert "Välkommen som ny medlem" in alice.get(reverse("mailings:look", args=args)).content.decode()
    mail = alice.get(reverse("mailings:sample", args=args))
    assert "Roligt att du är med" in mail.content.decode()
    assert "default-src 'none'" in mail["Content-Security-Policy"]
    assert not Mailing.unscoped.exists()


def test_only_under_ones_own_mandate(alice, union, shipped):
    for name in ("look", "sample", "thumbnail"):
        args = [shipped["welcome"].pk, union.mandate(union.charlie).public_id]
        assert alice.get(reverse(f"mailings:{name}", args=args)).status_code == 404


def test_somebody_with_two_mandates_chooses_one(union, shipped, sign_in):
    club = make_unit("Klubb Norr", kind="club", under=union.branch_a)
    second = make_mandate(union.alice, club)
    page = sign_in(union.alice).get(reverse("mailings:new"), {"mandate": second.public_id})
    assert page.context["chosen"] == second
    assert "Klubb Norr" in page.content.decode()


def test_without_templates_it_says_whom_to_ask(alice, union):
    page = alice.get(reverse("mailings:new"))
    assert page.context["shelves"] == []
    assert 'class="empty"' in page.content.decode()
