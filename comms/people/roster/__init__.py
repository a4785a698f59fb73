"""Membership file -> what it would change -> changed. Dry run first; idempotent by member number.

reading (rows of text) -> columns, cleaning (one row understood) -> units (which unit) -> stage (on disk)
-> diff (pure) -> plan (counts, examples, reasons to stop) -> apply (chunk by chunk).
"""

from comms.people.roster.apply import apply
from comms.people.roster.plan import Plan, Terms, make_plan
from comms.people.roster.reading import RosterError

__all__ = ["Plan", "RosterError", "Terms", "apply", "make_plan"]
