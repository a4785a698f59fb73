"""The invented members: believable names, addresses as people have them, placements and refusals."""

from __future__ import annotations

import datetime
import random
import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.conf import settings

from comms.demo import names
from comms.demo.places import Branch, Forest
from comms.people.addresses import address_key
from comms.people.models import Member, Placement
from comms.privacy.models import Consent, Suppression
from comms.sql import look_again
from templates_lib.models import Topic

CHUNK = 2000  # members written at once
SHARE_OF_A = 0.428  # of a small union, so that Alice has somebody to invite
POSITIONS = [
    "Lärare",
    "Förskollärare",
    "Undersköterska",
    "Sjuksköterska",
    "Handläggare",
    "Bibliotekarie",
    "Fritidsledare",
    "Kock",
    "Socialsekreterare",
    "Arbetsterapeut",
    "Vaktmästare",
    "Systemförvaltare",
    "Biståndshandläggare",
    "Fysioterapeut",
    "Speciallärare",
]
TOWNS = [
    ("972 31", "Luleå"),
    ("982 31", "Gällivare"),
    ("831 31", "Östersund"),
    ("411 04", "Göteborg"),
    ("211 20", "Malmö"),
]
STREETS = ["Storgatan", "Björkvägen", "Älvgatan", "Skolgatan", "Åkervägen", "Strandvägen", "Föreningsgatan"]
PRIVATE_DOMAINS = ["post.example.org", "brev.example.com", "hem.example.net", "epost.example.org", "mail.example.com"]
IDN_DOMAIN = "blåbär.example.org"
FOLDED = str.maketrans({"æ": "ae", "ø": "o", "ð": "d", "þ": "th", "đ": "d", "ŋ": "n", "ŧ": "t", "ł": "l", "ı": "i"})


@dataclass
class Person:
    """One member with the rows that belong to it."""

    member: Member
    placements: list[Placement]
    consents: list[Consent]
    suppression: Suppression | None


def folded(name: str) -> str:
    """The name as most mail providers make people write it: lower-case ASCII."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(FOLDED))
    return "".join(c for c in plain if c.isascii() and (c.isalnum() or c == "-"))


def homes(forest: Forest, *, members: int) -> Iterator[Branch]:
    """The branch of each of the `members` in turn: branch A first, the others in equal shares."""
    in_a = min(round(members * SHARE_OF_A), 400 + members // 100)
    for n in range(members):
        yield forest.branch_a if n < in_a else forest.branches[1 + n % (len(forest.branches) - 1)]


def invent(
    forest: Forest, *, members: int, topics: dict[str, Topic], dice: random.Random, today: datetime.date
) -> Iterator[Person]:
    """`members` people, unsaved."""
    taken: set[str] = set()
    for n, branch in enumerate(homes(forest, members=members), 1):
        yield _person(n, branch, topics=topics, dice=dice, today=today, taken=taken)


def _person(
    n: int, branch: Branch, *, topics: dict[str, Topic], dice: random.Random, today: datetime.date, taken: set[str]
) -> Person:
    culture = _culture(branch, dice)
    first, last = dice.choice(culture.first_names), dice.choice(culture.last_names)
    postcode, town = dice.choice(TOWNS)
    member = Member(
        public_id=uuid.UUID(int=dice.getrandbits(128), version=4),
        number=f"{700000 + n}",
        first_name=first,
        last_name=last,
        language=dice.choices([*culture.languages], [*culture.languages.values()])[0],
        mobile=f"+4670174{dice.randint(605, 699):04d}" if dice.random() < 0.85 else "",  # numbers kept free for fiction
        street=f"{dice.choice(STREETS)} {dice.randint(1, 80)}",
        postcode=postcode,
        city=town,
        country="SE",
        restricted=dice.random() < 0.003,
    )
    _, domain, workplaces = dice.choice(branch.employers)
    _give_address(member, domain=domain, dice=dice, taken=taken)
    placements = list(_placements(member, branch, workplaces, dice=dice, today=today))
    return Person(member, placements, list(_consents(member, topics, dice)), _suppression(member, dice))


def _culture(branch: Branch, dice: random.Random) -> names.Culture:
    cultures = [names.SWEDISH, names.SAMI, names.NORWEGIAN, names.DANISH, names.ATLANTIC, names.FAR]
    weights = [74, 9, 5, 3, 3, 6]
    if "Sápmi" in branch.unit.name:
        weights = [30, 55, 10, 0, 0, 5]
    elif "Atlanten" in branch.unit.name:
        weights = [10, 1, 5, 10, 70, 4]
    elif "Öresund" in branch.unit.name:
        weights = [55, 1, 3, 30, 1, 10]
    return dice.choices(cultures, weights)[0]


def _give_address(member: Member, *, domain: str, dice: random.Random, taken: set[str]) -> None:
    """Most have a private address; some one at work, a plus-address, one with å, an IDN domain, a wrong one or none."""
    kind = dice.choices(["private", "work", "plus", "native", "idn", "wrong", "none"], [76, 9, 4, 3, 2, 2, 4])[0]
    if kind == "none":
        return
    if kind == "wrong":
        member.email_problem = f"{folded(member.first_name)}@example,se"
        return
    first, last = folded(member.first_name), folded(member.last_name)
    local = {
        "plus": f"{first}.{last}+facket",
        "native": f"{member.first_name.lower()}.{member.last_name.lower()}".replace(" ", ""),
        "work": f"{first}.{last}",
    }.get(kind, dice.choice([f"{first}.{last}", f"{first}{last[:1]}", f"{last}.{first}"]))
    host = {"work": domain, "idn": IDN_DOMAIN}.get(kind) or dice.choice(PRIVATE_DOMAINS)
    address, again = f"{local}@{host}", 1
    while address in taken:
        again += 1
        address = f"{local}{again}@{host}"
    taken.add(address)
    member.email = address
    member.email_key = address_key(address, key=settings.SUPPRESSION_KEY)


def _placements(
    member: Member, branch: Branch, workplaces: list, *, dice: random.Random, today: datetime.date
) -> Iterator[Placement]:
    joined = today - datetime.timedelta(days=dice.randint(40, 9000))
    unit = branch.clubs[0] if branch.clubs and dice.random() < 0.12 else branch.unit
    left = today - datetime.timedelta(days=dice.randint(1, 30)) if dice.random() < 0.01 else None
    member.left_on = left
    yield Placement(member=member, unit=unit, start=joined, end=left)
    for number, place in enumerate(dice.sample(workplaces, dice.choices([0, 1, 2], [18, 77, 5])[0])):
        yield Placement(
            member=member,
            unit=place,
            start=joined,
            end=left,
            position=dice.choice(POSITIONS),
            employment="temporary" if dice.random() < 0.15 else "permanent",
            main_employer=number == 0,
        )


def _consents(member: Member, topics: dict[str, Topic], dice: random.Random) -> Iterator[Consent]:
    answers = [("offer", True, 0.35), ("offer", False, 0.05), ("information", False, 0.03)]
    for category, granted, likely in answers:
        if dice.random() < likely:
            topic = topics[category]
            yield Consent(member=member, topic=topic, granted=granted, how="seed", basis=topic.legal_basis)


def _suppression(member: Member, dice: random.Random) -> Suppression | None:
    reason = dice.choices(["", "bounced", "complained", "refused"], [976, 12, 4, 8])[0]
    return Suppression(key=member.email_key, reason=reason) if reason and member.email_key else None


def write(people: Iterator[Person]) -> int:
    """Saves the people in chunks; how many there were."""
    count = 0
    while chunk := list(islice(people, CHUNK)):
        Member.unscoped.bulk_create([person.member for person in chunk])
        Placement.objects.bulk_create([row for person in chunk for row in person.placements])
        Consent.objects.bulk_create([row for person in chunk for row in person.consents])
        Suppression.objects.bulk_create([person.suppression for person in chunk if person.suppression])
        count += len(chunk)
    look_again("people_unit", "people_member", "people_placement")
    return count
