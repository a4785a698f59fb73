"""The first day of a real installation, from an empty database to a draft."""

import io

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from comms.people.models import Unit, User
from mailings.models import Mailing
from templates_lib.models import InvitationTemplate
from tests.accounts.steps import set_up_app

EMAIL = "kansli@example.org"


def create(**options):
    out = io.StringIO()
    call_command("create_union", "Nordförbundet", email=EMAIL, first_name="Sara", stdout=out, **options)
    return out.getvalue()


def test_the_first_person_signs_in_with_a_code_and_can_use_everything(db):
    assert EMAIL in create()
    client = Client()
    client.post("/accounts/login/", {"login": EMAIL, "way": "code"})
    code = next(word for word in mail.outbox[0].body.split() if word.isdecimal() and len(word) == 6)
    client.post("/accounts/login/code/confirm/", {"code": code})
    assert client.get("/")["Location"] == "/account/second-step/"
    set_up_app(client)
    pages = ["/", "/staff/", "/invitations/new/", "/admin/snippets/templates_lib/invitationtemplate/"]
    assert [client.get(page).status_code for page in pages] == [200] * 4
    template, mandate = InvitationTemplate.objects.get(slug="member-meeting"), User.objects.get().mandates.get()
    client.post("/invitations/create/", {"template": template.pk, "mandate": mandate.public_id})
    assert Mailing.unscoped.get().unit == Unit.objects.get(name="Nordförbundet")


def test_a_second_union_or_a_wrong_address_is_refused_and_changes_nothing(db):
    with pytest.raises(CommandError):
        call_command("create_union", "Nordförbundet", email="nobody")
    assert not Unit.objects.exists()
    create()
    with pytest.raises(CommandError):
        call_command("create_union", "Sydförbundet", email="other@example.org")
    assert (Unit.objects.count(), User.objects.count()) == (1, 1)
