"""Who signs in to the demo: the four representatives every test knows by letter, their colleagues, and staff."""

from __future__ import annotations

import datetime
import random
import uuid
from dataclasses import dataclass

from comms.demo.places import Forest
from comms.people.models import Mandate, Unit, User
from comms.portal.staff.roles import ensure_editors

DOMAIN = "norrsken.example.org"
WORDS = [
    "granris",
    "lavendel",
    "havtorn",
    "ljung",
    "odon",
    "hjortron",
    "kaprifol",
    "midvinter",
    "norrsken",
    "kantarell",
]
ALWAYS = -1000  # days from today: a mandate that began long ago


@dataclass
class SignIn:
    """One row of the printed list."""

    key: str
    who: str
    user: User
    password: str
    mandates: list[Mandate]


@dataclass(frozen=True)
class Post:
    """A mandate to be given; `start` and `end` are days from today, both included."""

    unit: Unit
    role: str = "representative"
    start: int = ALWAYS
    end: int | None = None


def people(forest: Forest) -> list[tuple[str, str, str, str, str, list[Post]]]:
    """(key, first name, last name, who it is, language, posts)."""
    a, b = forest.branch_a, forest.branch_b
    region, schools = forest.regions[0], a.employers[0][2]
    others = [branch.employers[0][0] for branch in forest.branches[1:3]]
    return [
        ("alice", "Alice", "Sandström", "representative of branch A", "sv", [Post(a.unit)]),
        ("bob", "Bo", "Ødegård", "representative of the region above", "nb", [Post(region)]),
        ("charlie", "Charlotte", "Kjær", "representative of branch B", "da", [Post(b.unit)]),
        ("dora", "Dóra", "Þorsteinsdóttir", "mandate in branch A, ended yesterday", "sv", [Post(a.unit, end=-1)]),
        ("anna", "Ánne", "Gaup", "deputy in branch A", "sv", [Post(a.unit, "deputy")]),
        ("maret", "Máret", "Utsi", "mandate in branch A, begins tomorrow", "sv", [Post(a.unit, start=1)]),
        ("ingeborg", "Ingeborg", "Håland", "mandates at several employers", "nb",
         [Post(a.employers[0][0]), Post(a.employers[1][0]), *(Post(employer) for employer in others)]),
        ("sven", "Sven", "Öberg", "safety representative at a workplace", "sv", [Post(schools[0], "safety")]),
        ("sara", "Sara", "Hägglund", "staff: people, units and mandates", "sv", [Post(forest.root, "staff")]),
        ("tove", "Tove", "Ekdahl", "staff: designs templates", "sv", [Post(forest.root, "staff")]),
    ]  # fmt: skip


def appoint(forest: Forest, *, dice: random.Random, today: datetime.date) -> list[SignIn]:
    """Creates the users with their mandates; staff and editors may open the staff screens."""
    editors = ensure_editors()
    sign_ins = []
    for n, (key, first, last, who, language, posts) in enumerate(people(forest)):
        password = f"{dice.choice(WORDS)}-{dice.choice(WORDS)}-{dice.randint(10, 99)}"
        user = User.objects.create_user(
            f"{key}@{DOMAIN}",
            password,
            first_name=first,
            last_name=last,
            language=language,
            is_staff=key in ("sara", "tove"),
        )
        user.phone = f"+4670174{605 + n:04d}"  # of the numbers kept free for fiction; each signs in one person
        user.save(update_fields=["phone"])
        if user.is_staff:
            user.groups.add(editors)
        mandates = [_mandate(user, post, dice=dice, today=today) for post in posts]
        sign_ins.append(SignIn(key=key, who=who, user=user, password=password, mandates=mandates))
    return sign_ins


def _mandate(user: User, post: Post, *, dice: random.Random, today: datetime.date) -> Mandate:
    def day(offset: int) -> datetime.date:
        return today + datetime.timedelta(days=offset)

    return Mandate.objects.create(
        user=user,
        unit=post.unit,
        role=post.role,
        start=day(post.start),
        end=None if post.end is None else day(post.end),
        public_id=uuid.UUID(int=dice.getrandbits(128), version=4),
    )
