"""Addresses at an employer: whoever runs the mail server may be able to read what a union writes to its members.

Staff name each employer's domains. An address at or below any of them counts, whoever the member works for.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Count, F, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower, StrIndex, Substr
from django.db.models.lookups import In
from django.utils.translation import gettext as _

from comms.people.addresses import MAIL_HOSTS, AddressRefused, normalise_address
from comms.people.models import EmployerDomain, Member, Placement, Unit
from comms.people.scope import Scope, live
from comms.sql import subquery

BELOW = 3  # levels under a named domain that are looked at: it.south.council.example.org
HINTS = 5
SHARED_BY = 3  # members; what fewer use may be somebody's own
PRIVATE = frozenset(MAIL_HOSTS) - {"telia.com"}  # an employer as well


class BadDomain(ValueError):
    """What somebody typed is no employer's domain; the text says why."""


def parse(text: str) -> list[str]:
    """The domains of a text with one a line, in our form, each once. Raises `BadDomain` for the first that is none."""
    lines = (line.strip().rpartition("@")[2] for line in text.splitlines())
    return list(dict.fromkeys(_parsed(line) for line in lines if line))


def _parsed(line: str) -> str:
    try:
        domain = normalise_address(f"someone@{line}").rpartition("@")[2]
    except AddressRefused as refused:
        raise BadDomain(_("“%(line)s” is not a domain: %(why)s") % {"line": line, "why": refused}) from refused
    if domain in PRIVATE:
        raise BadDomain(_("“%(line)s” has mailboxes for everybody; it is not an employer's.") % {"line": line})
    return domain


@transaction.atomic
def put(unit: Unit, domains: Iterable[str]) -> None:
    """Exactly these domains, as `parse` answers, are the employer's."""
    unit.domains.all().delete()
    EmployerDomain.objects.bulk_create(EmployerDomain(unit=unit, domain=domain) for domain in domains)


def at_work(field: str = "email") -> Q:
    """The condition that an address lies at or below an employer's domain: no query a row, no join."""
    named = EmployerDomain.objects.order_by().values("domain").query
    condition = Q()
    for domain in _upwards(field):
        condition |= Q(In(domain, named))
    return condition


def at_work_among(addresses: Iterable[str]) -> set[str]:
    """Those of the addresses for which `at_work` holds, in one query: for the few whose facts are at hand."""
    domains = {address: address[address.find("@") + 1 :].lower() for address in addresses}
    above = {domain: _upwards_of(domain) for domain in set(domains.values())}
    if not above:
        return set()
    asked = subquery(set().union(*above.values()), "text")
    named = set(EmployerDomain.objects.filter(domain__in=asked).values_list("domain", flat=True))
    return {address for address, domain in domains.items() if not named.isdisjoint(above[domain])}


def _upwards_of(domain: str) -> set[str]:
    """`_upwards` for a domain at hand."""
    found = {domain}
    for _level in range(BELOW):
        domain = domain[domain.find(".") + 1 :]
        found.add(domain)
    return found


def _domain(field: str) -> Lower:
    return Lower(Substr(F(field), StrIndex(F(field), Value("@")) + 1))


def _upwards(field: str) -> Iterable[Combinable]:
    """The domain of an address, and those it lies below."""
    domain: Combinable = _domain(field)
    yield domain
    for _level in range(BELOW):
        domain = Substr(domain, StrIndex(domain, Value(".")) + 1)
        yield domain


def hints(employer: Unit, *, scope: Scope) -> list[tuple[str, int]]:
    """(domain, members) of those who work there: what staff may want to name, the most frequent first."""
    here = Placement.objects.filter(live(scope.on), unit__path__startswith=employer.path).values("member")
    found = Member.objects.within(scope).filter(pk__in=here).exclude(email="")
    named = [*PRIVATE, *MAIL_HOSTS, *employer.domains.values_list("domain", flat=True)]
    counted = found.annotate(domain=_domain("email")).exclude(domain__in=named).order_by().values("domain")
    rows = counted.annotate(n=Count("pk")).filter(n__gte=SHARED_BY).order_by("-n", "domain")
    return list(rows.values_list("domain", "n")[:HINTS])
