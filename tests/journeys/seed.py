"""`python -m tests.journeys.seed`: a small union in the database of the environment; prints the ids as JSON."""

from __future__ import annotations

import json

import django

django.setup()

from django.utils import timezone  # noqa: E402

from comms.people.models import RosterImport  # noqa: E402
from comms.portal.staff import roles  # noqa: E402
from templates_lib import samples  # noqa: E402
from tests.factories import make_mandate, make_member, make_topic, make_unit, make_user  # noqa: E402
from tests.mailings.design import make_template  # noqa: E402

STAFF = ("Sara", "Sixten")


def seed() -> dict[str, object]:
    root = make_unit("Förbundet Norrsken", kind="union")
    branch = make_unit("Avdelning 12 Malmfälten", under=root)
    other = make_unit("Avdelning 7 Kusten", under=root)
    alice = make_user("Alice", last_name="Öhman", email="alice@forbundet.example.org", language="sv")
    make_mandate(alice, branch)
    deputy = make_user("Bertil", last_name="Åkesson", email="bertil@forbundet.example.org", language="sv")
    make_mandate(deputy, branch, role="deputy")
    members = [
        make_member("Åsa", "Ňjuorjjo", placed=[branch], email="åsa@exempel.se"),
        make_member("Bjørn", "Ødegård", placed=[branch], email="bjorn@example.com", language="nb"),
        make_member("Máret", "Eira", placed=[branch], email="maret@example.com"),
        make_member("Sven", "Utan", placed=[branch], email=""),
    ]
    make_member("Annan", "Avdelning", placed=[other], email="annan@example.com")
    RosterImport.objects.create(covers=root, as_of=timezone.now(), sha256="0" * 64)
    template = make_template(topic=make_topic())
    samples.brand(root)
    staff = [make_user(name, email=f"{name.lower()}@forbundet.example.org", language="sv") for name in STAFF]
    for person in staff:
        make_mandate(person, root, role="staff")
        roles.ensure_editors().user_set.add(person)
    return {
        "alice": alice.email,
        "deputy": deputy.email,
        "staff": [person.email for person in staff],
        "template": template.pk,
        "addresses": [member.email for member in members if member.email],
    }


if __name__ == "__main__":
    print(json.dumps(seed()))
