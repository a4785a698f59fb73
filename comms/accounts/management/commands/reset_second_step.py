"""`manage.py reset_second_step ADDRESS`: for somebody who lost phone and recovery codes, or got a new account at the
identity provider.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from comms.accounts import changes, devices
from comms.people.models import User


class Command(BaseCommand):
    help = (
        "Takes app, passkeys, recovery codes and the link to the identity provider from an account and ends its "
        "sign-ins. Make sure first who asks."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="the e-mail address the person signs in with")

    def handle(self, *args: Any, address: str, **options: Any) -> None:
        user = User.objects.filter(email__iexact=address).first()
        if user is None:
            raise CommandError("No account has this address.")
        Authenticator.objects.filter(user=user).delete()
        SocialAccount.objects.filter(user=user).delete()
        devices.end_others(user, current="")
        changes.tell(user, changes.ALL_REMOVED, now=timezone.now())
        self.stdout.write("Done. The next sign-in needs a code; staff then choose a new second step.")
