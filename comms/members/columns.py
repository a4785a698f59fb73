"""The columns of a list that is taken out: those of the list on the screen, and contact details where asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from comms.members.rows import Job, Row

NOTHING = "–"  # in a member with several jobs, so that each job keeps its place
BETWEEN = "; "


def _employer(job: Job) -> str:
    main = _("main employer")
    return f"{job.employer} ({main})" if job.employer and job.main_employer else job.employer


def _of_jobs(said: Callable[[Job], str]) -> Callable[[Row], str]:
    """One job after the other, in the same order in every column; "" where no job says anything."""

    def cell(row: Row) -> str:
        found = [said(job) for job in row.jobs]
        return BETWEEN.join(one or NOTHING for one in found) if any(found) else ""

    return cell


NAME: dict[str, tuple[Any, Callable[[Row], str]]] = {
    "name": (gettext_lazy("Name"), lambda row: row.member.full_name or row.member.number),
}
LIST = {  # key -> (what stands above it, the cell)
    "number": (gettext_lazy("Member number"), lambda row: row.member.number),
    "position": (gettext_lazy("Position"), _of_jobs(lambda job: job.position)),
    "employment": (gettext_lazy("Employment"), _of_jobs(lambda job: job.employment_name)),
    "workplace": (gettext_lazy("Workplace"), _of_jobs(lambda job: job.workplace)),
    "mid_level": (gettext_lazy("Mid-level"), _of_jobs(lambda job: job.mid_level)),
    "employer": (gettext_lazy("Employer"), _of_jobs(_employer)),
}
CONTACT = {
    "email": (gettext_lazy("E-mail"), lambda row: row.member.email),
    "mobile": (gettext_lazy("Mobile"), lambda row: row.member.mobile),
}
COLUMNS = {**NAME, **LIST, **CONTACT}
USUAL = ["position", "employment", "workplace", "mid_level", "employer"]  # what the screen shows besides the name


def choices(columns: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(key, head) for key, (head, _cell) in columns.items()]


def ordered(keys: Iterable[str]) -> list[str]:
    """The name first, then those of the keys that exist, in the order of the screen."""
    asked = {*NAME, *keys}
    return [key for key in COLUMNS if key in asked]


def contact(keys: Iterable[str]) -> list[str]:
    """Those of the keys that are contact details."""
    return [key for key in keys if key in CONTACT]


def head(keys: Sequence[str]) -> list[str]:
    return [str(COLUMNS[key][0]) for key in keys]


def cells(row: Row, keys: Sequence[str]) -> list[str]:
    return [COLUMNS[key][1](row) for key in keys]
