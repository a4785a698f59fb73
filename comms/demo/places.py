"""The invented union's forest: its own tree, and a tree per employer hanging on a branch."""

from __future__ import annotations

from dataclasses import dataclass, field

from comms.people.models import EmployerDomain, Unit

MEMBERS_PER_BRANCH = 600  # a larger union has more branches, not only larger ones

# region -> its branches; the first of the first is branch A, the first of the last is branch B
REGIONS = {
    "Region Norr": ["Avdelning Luleälven", "Avdelning Sápmi", "Avdelning Kiruna–Gällivare", "Avdelning Skellefteå"],
    "Region Mitt": ["Avdelning Storsjön", "Avdelning Sundsvall", "Avdelning Dalälven"],
    "Region Väst": ["Avdelning Göta älv", "Avdelning Bohuskusten", "Avdelning Skaraborg"],
    "Region Hav": ["Avdelning Atlanten", "Avdelning Gotland", "Avdelning Skärgården"],
    "Region Syd": ["Avdelning Öresund", "Avdelning Österlen", "Avdelning Småland"],
}
EMPLOYERS = [
    ("Älvstrands kommun", "alvstrand.example.com", ["Barn och utbildning", "Vård och omsorg"]),
    ("Norrviks sjukvård", "norrviksvard.example.com", ["Sjukhuset", "Vårdcentralerna"]),
]
WORKPLACES = ["Björkskolan", "Förskolan Blåsippan", "Hälsans hus"]


@dataclass
class Branch:
    """A branch with what hangs on it. `employers` are (employer, mail domain, its workplaces)."""

    unit: Unit
    clubs: list[Unit] = field(default_factory=list)
    employers: list[tuple[Unit, str, list[Unit]]] = field(default_factory=list)


@dataclass
class Forest:
    root: Unit
    regions: list[Unit]
    branches: list[Branch]  # branch A first, branch B last

    @property
    def branch_a(self) -> Branch:
        return self.branches[0]

    @property
    def branch_b(self) -> Branch:
        return self.branches[-1]


def plant(*, name: str, members: int) -> Forest:
    """Creates the units for a union of about `members` people."""
    root = Unit.add_root(name=name, kind=Unit.Kind.UNION, code="F", address="Norrskensgatan 4\n972 31 Luleå")
    wanted = max(len(REGIONS) + 3, min(members // MEMBERS_PER_BRANCH, 200))
    regions, by_region = [], []
    for number, (region_name, branch_names) in enumerate(REGIONS.items(), 1):
        region = _fresh(root).add_child(name=region_name, kind=Unit.Kind.REGION, code=f"R{number}")
        regions.append(region)
        by_region.append(_branches(region, branch_names, wanted=wanted, number=number))
    head, *between, tail = by_region
    branches = [*head, *(branch for region in between for branch in region), *tail[1:], tail[0]]
    return Forest(root=root, regions=regions, branches=branches)


def _branches(region: Unit, names: list[str], *, wanted: int, number: int) -> list[Branch]:
    count = wanted // len(REGIONS) + (number <= wanted % len(REGIONS))
    branches = []
    for n in range(max(count, 1)):
        name = names[n % len(names)] + (f" {n // len(names) + 1}" if n >= len(names) else "")
        code = f"A{number}{n + 1:02d}"
        unit = _fresh(region).add_child(
            name=name, kind=Unit.Kind.BRANCH, code=code, mailbox=f"{code.lower()}@norrsken.example.org"
        )
        club = _fresh(unit).add_child(name=f"Klubben i {name.removeprefix('Avdelning ')}", kind="club", code=f"{code}K")
        branches.append(Branch(unit=unit, clubs=[club], employers=_employers(unit, code)))
    return branches


def _employers(branch: Unit, code: str) -> list[tuple[Unit, str, list[Unit]]]:
    employers = []
    for number, (name, domain, mid_levels) in enumerate(EMPLOYERS, 1):
        # the first branch has the plain names, the others say where they are
        where = "" if code == "A101" else f" {branch.name.removeprefix('Avdelning ')}"
        employer = Unit.add_root(name=name + where, kind=Unit.Kind.EMPLOYER, code=f"{code}-{number}", branch=branch)
        workplaces = []
        for m, mid_level in enumerate(mid_levels, 1):
            middle = _fresh(employer).add_child(name=mid_level, kind="mid_level", code=f"{code}-{number}-{m}")
            for w, workplace in enumerate(WORKPLACES, 1):
                full = f"{workplace}, {mid_level.lower()}" if m > 1 else workplace
                workplaces.append(
                    _fresh(middle).add_child(name=full, kind=Unit.Kind.WORKPLACE, code=f"{code}-{number}-{m}-{w}")
                )
        if code == "A101":  # one is enough: whoever has an address there is at work
            EmployerDomain.objects.create(unit=employer, domain=domain)
        employers.append((employer, domain, workplaces))
    return employers


def _fresh(unit: Unit) -> Unit:
    """treebeard counts children on the instance, so a parent is read again before it gets one."""
    return Unit.objects.get(pk=unit.pk)
