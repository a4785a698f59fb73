"""Who exists and who represents whom.

`Placement` (a member belongs to a unit) and `Mandate` (a user represents a unit) mirror each other:
scope = live mandates × live placements (see `comms.people.scope`).
"""

from comms.people.models.mandates import Mandate, MandateQuerySet
from comms.people.models.members import Correction, Member, Placement, RosterImport
from comms.people.models.units import Dated, EmployerDomain, Unit, UnitQuerySet, UnitSize
from comms.people.models.users import LANGUAGES, User, UserManager

__all__ = [
    "LANGUAGES",
    "Correction",
    "Dated",
    "EmployerDomain",
    "Mandate",
    "MandateQuerySet",
    "Member",
    "Placement",
    "RosterImport",
    "Unit",
    "UnitQuerySet",
    "UnitSize",
    "User",
    "UserManager",
]
