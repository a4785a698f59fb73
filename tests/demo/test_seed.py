"""The invented union: the same every time, quick, and full of what real lists are full of."""

from __future__ import annotations

import datetime
import random
from collections import Counter
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from cms.access import Reader
from cms.models import ArticlePage, Attachment, BestBet, Entry, Synonyms
from comms.demo import members, places, union
from comms.people.addresses import normalise_address
from comms.people.models import Mandate, Member, Placement, Unit, User
from comms.people.scope import Scope
from mailings.models import Mailing
from templates_lib import library, samples
from templates_lib.models import InvitationTemplate

NOW = datetime.datetime(2026, 11, 20, 12, 0, tzinfo=datetime.UTC)


def invented(forest: places.Forest, seed: int) -> list[tuple]:
    """What sixty people of the seed look like, unsaved."""
    dice = random.Random(seed)
    people = members.invent(forest, members=60, topics=samples.topics(), dice=dice, today=NOW.date())
    return [
        (p.member.public_id, p.member.full_name, p.member.email, [place.unit.name for place in p.placements])
        for p in people
    ]


def branches() -> list[places.Branch]:
    """Two of the seeded branches, each with one employer and two workplaces."""

    def unit(code: str) -> Unit:
        return Unit.objects.get(code=code)

    return [
        places.Branch(
            unit=unit(code),
            employers=[(unit(f"{code}-1"), "work.example.com", [unit(f"{code}-1-1-1"), unit(f"{code}-1-1-2")])],
        )
        for code in ("A101", "A501")
    ]


def test_the_same_seed_gives_the_same_people_and_another_seed_others(made, db) -> None:
    forest = places.Forest(root=Unit.objects.get(code="F"), regions=[], branches=branches())
    assert invented(forest, 7) == invented(forest, 7)
    assert invented(forest, 8) != invented(forest, 7)


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[dict]:
    """The union of 500, made once for the tests of this file."""
    media = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    with media, django_db_blocker.unblock(), transaction.atomic():
        yield union.seed(count=500, number=1, now=timezone.now())
        transaction.set_rollback(True)


def test_as_many_members_as_were_asked_for(made, db) -> None:
    assert Member.unscoped.count() == 500


def test_the_union_holds_what_real_lists_hold(made, db) -> None:
    people = list(Member.unscoped.all())
    addresses = [person.email for person in people if person.email]
    assert all(normalise_address(address) == address for address in addresses)
    assert len(set(addresses)) == len(addresses)
    names = "".join(person.full_name for person in people)
    assert set("åäöøæáŋđðþčš") <= set(names.lower())
    assert any("+" in address for address in addresses)
    assert any(not address.split("@")[0].isascii() for address in addresses)
    assert any(not address.split("@")[1].isascii() for address in addresses)
    assert any("norrviksvard" in address for address in addresses)
    assert any(not person.email and not person.email_problem for person in people)
    assert any(person.email_problem for person in people)
    assert set(Counter(person.language for person in people)) == {"sv", "nb", "da", "en"}
    both = Placement.objects.filter(member=people[0].pk).values_list("unit__kind", flat=True)
    assert set(both) <= {"branch", "club", "workplace"}


def test_branch_a_is_large_enough_to_be_worth_inviting_and_smaller_than_the_region(made, db) -> None:
    assert 190 <= made["members_in"]["branch_a"] <= 214
    assert made["members_in"]["region"] > made["members_in"]["branch_a"]
    assert made["members_in"]["branch_b"] > 0


def test_the_representatives_reach_what_their_mandates_say(made, db) -> None:
    today = timezone.localdate()

    def reach(key: str) -> int:
        user = User.objects.get(email=f"{key}@norrsken.example.org")
        return Member.objects.within(Scope.of(user, on=today)).count()

    assert reach("alice") == reach("anna") == made["members_in"]["branch_a"]
    assert reach("bob") == made["members_in"]["region"]
    assert reach("charlie") == made["members_in"]["branch_b"]
    assert reach("dora") == reach("maret") == 0
    assert reach("ingeborg") > 0
    assert Mandate.objects.filter(user__email="ingeborg@norrsken.example.org").count() == 4
    assert Member.objects.within(Scope.of(User.objects.get(email__startswith="sara@"), on=today)).count() >= 490


def test_the_whole_library_is_published_and_drafts_are_ready(made, db) -> None:
    assert set(InvitationTemplate.objects.filter(live=True).values_list("slug", flat=True)) == set(library.SHIPPED)
    assert len(made["drafts"]) == Mailing.unscoped.filter(state="draft").count() == 2


def test_the_template_editor_gets_into_the_workshop_and_a_representative_does_not(made, db, sign_in) -> None:
    for key, status in (("tove", 200), ("alice", 404)):
        user = User.objects.get(email=f"{key}@norrsken.example.org")
        assert sign_in(user).get("/admin/snippets/templates_lib/invitationtemplate/").status_code == status


def test_the_demo_union_is_never_mixed_with_a_real_one(union) -> None:
    with pytest.raises(CommandError, match="needs an empty one"):
        call_command("seed_demo", members=10)


def test_the_library_is_filled_and_each_branch_finds_its_own_minutes_only(made, db) -> None:
    assert made["pages"] >= 60
    assert Synonyms.objects.count() >= 15
    assert BestBet.objects.count() >= 5
    read = {}
    for key in ("alice", "charlie", "sara", "dora"):
        scope = Scope.of(User.objects.get(email=f"{key}@norrsken.example.org"), on=timezone.localdate())
        titles = Entry.objects.within(Reader.of(scope)).of_kind("minutes").values_list("title", flat=True)
        read[key] = {title.split(",")[0] for title in titles}
    assert "Årsmöte i Avdelning Luleälven 2026" in read["alice"] - read["charlie"]
    assert "Generalforsamling i Avdelning Öresund 2026" in read["charlie"] - read["alice"]
    assert "Årsmöte i Avdelning Sundsvall 2026" not in read["alice"] | read["charlie"]
    assert read["alice"] < read["sara"]
    assert read["dora"] == set()


def test_some_texts_have_expired_and_some_can_be_taken_into_invitations(made, db) -> None:
    assert Entry.unscoped.filter(valid_until__lt=timezone.localdate()).count() >= 2
    bodies = ArticlePage.objects.values_list("body", flat=True)
    assert sum(any(block.block_type == "passage" for block in body) for body in bodies) >= 10
    assert Attachment.objects.count() >= 4
