"""`python -m tests.journeys.invite`: Alice writes and approves through the portal's own pages; prints the mailing's id.

`python -m tests.journeys.invite MAILING`: how many recipients are in which state once it is done, {} before.
"""

from __future__ import annotations

import json
import re
import sys

import django

django.setup()

from django.test import Client  # noqa: E402

from comms.people.models import User  # noqa: E402
from mailings.models import Mailing, MailingState, Recipient  # noqa: E402
from templates_lib.models import InvitationTemplate  # noqa: E402
from tests.mailings.design import filled  # noqa: E402


def invite() -> dict[str, str]:
    alice = User.objects.get(first_name="Alice")
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(alice)
    mandate = alice.mandates.get()
    template = InvitationTemplate.objects.get()
    begun = client.post("/invitations/create/", {"template": template.pk, "mandate": str(mandate.public_id)})
    mailing = Mailing.unscoped.get()
    address = begun.url.removesuffix("text/")
    fields = {"version": mailing.version, "subject": "Kallelse till årsmöte"}
    for key, value in filled().items():
        parts = {f"{key}:{part}": text for part, text in value.items()} if isinstance(value, dict) else {key: value}
        fields |= parts
    assert client.post(f"{address}save/", fields).status_code == 302
    mailing.refresh_from_db()
    page = client.get(f"{address}check/").content.decode()
    shown = {name: re.search(rf'name="{name}" value="(\d+)"', page)[1] for name in ("version", "count")}
    client.post(f"{address}confirm/", shown)
    mailing.refresh_from_db()
    assert mailing.state != MailingState.DRAFT  # its undo time is short: it may be on its way already
    return {"mailing": str(mailing.public_id)}


def states(public_id: str) -> dict[str, int]:
    mailing = Mailing.unscoped.get(public_id=public_id)
    return Recipient.unscoped.for_mailing(mailing).by_state() if mailing.state == MailingState.DONE else {}


if __name__ == "__main__":
    print(json.dumps(states(sys.argv[1]) if sys.argv[1:] else invite()))
