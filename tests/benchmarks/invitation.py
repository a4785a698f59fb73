"""A union with one invitation that has been sent, as the benchmarks use it."""

from __future__ import annotations

import datetime
from typing import Any

FIRST = ["Åsa", "Björn", "Máret", "Ánne", "Øystein", "Søren", "Kjersti", "Göran", "Niillas", "Ella", "Þóra", "Anders"]
LAST = ["Öberg", "Ås", "Đorvi", "Šuorbmu", "Ærø", "Lindström", "Kjær", "Ŋálggu", "Åkesson", "Berg", "Nilsen", "Lie"]


def make_branch(name: str = "Avdelning Norr") -> Any:
    """A branch with a representative; its mandate. The union and its brand are made with the first one."""
    from comms.people.models import Unit
    from templates_lib import samples
    from tests.factories import make_mandate, make_unit, make_user

    root = Unit.objects.filter(kind="union").first()
    if root is None:
        root = make_unit("Förbundet Samklang", kind="union")
        samples.brand(root)
    user = make_user("Ingrid", email=f"r{Unit.objects.count()}@example.org", last_name="Sjöberg", language="sv")
    return make_mandate(user, make_unit(name, under=Unit.objects.get(pk=root.pk)))


def make_draft(mandate: Any) -> Any:
    """A draft of a member meeting with everything filled in, in Swedish."""
    from django.utils import timezone

    from mailings import composing
    from templates_lib import library, samples
    from templates_lib.models import InvitationTemplate
    from tests.factories import make_topic

    now = timezone.now()
    template = InvitationTemplate.objects.first() or library.make("member-meeting", make_topic(category="statutory"))
    draft = composing.new_draft(template=template, mandate=mandate, by=mandate.user, now=now)
    values = samples.values(template.slots("sv"), template.defaults("sv"), "sv")
    changes = {"values": values, "subject": "Kallelse till medlemsmöte, [[full_name]]"}
    return composing.save(mailing=draft, version=draft.version, changes=changes, by=mandate.user, now=now)


def make_mailing(letters: int) -> Any:
    """A confirmed mailing of a branch, frozen, and as many members without an e-mail address as letters are asked."""
    from django.utils import timezone

    from mailings import composing
    from mailings.models import Mailing, MailingState

    draft = make_draft(make_branch())
    now = timezone.now()
    composing.freeze(draft, languages=["sv"])
    Mailing.unscoped.filter(pk=draft.pk).update(
        state=MailingState.DONE, confirmed_at=now, confirmed_by=draft.mandate.user, finished_at=now
    )
    make_recipients(draft, letters, draft.unit)
    return Mailing.unscoped.select_related("mandate__user", "mandate__unit", "unit", "topic").get(pk=draft.pk)


def make_recipients(mailing: Any, n: int, branch: Any) -> None:
    from comms.people.models import Member, Placement
    from mailings.models import Recipient, RecipientState

    for start in range(0, n, 500):
        ids = range(start, min(n, start + 500))
        members = [
            Member(
                number=f"L{k}", first_name=FIRST[k % 12], last_name=LAST[k // 12 % 12], street=f"Storgatan {k}",
                postcode=f"{10000 + k * 7919 % 90000}", city="Umeå", email="", language="sv",
            )
            for k in ids
        ]  # fmt: skip
        Member._base_manager.bulk_create(members)
        day = datetime.date(2020, 1, 1)
        Placement.objects.bulk_create([Placement(member=member, unit=branch, start=day) for member in members])
        Recipient.unscoped.bulk_create(
            Recipient(mailing=mailing, member=m, language="sv", state=RecipientState.SKIPPED, reason="no_address")
            for m in members
        )


def member(k: int) -> dict[str, str]:
    """What goes into the holes for the k-th recipient."""
    first, last = FIRST[k % 12], LAST[k // 12 % 12]
    return {
        "first_name": first,
        "last_name": last,
        "full_name": f"{first} {last}",
        "unit": "Avdelning Norr",
        "unsubscribe_url": f"https://union.example.org/u/{k:043x}/",
        "web_url": f"https://union.example.org/m/{k:043x}/",
    }
