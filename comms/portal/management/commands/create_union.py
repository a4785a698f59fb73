"""`manage.py create_union`: the one thing that cannot be done in the portal, because nobody can sign in yet."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from comms.people.models import LANGUAGES
from comms.portal.staff import Refused, founding


class Command(BaseCommand):
    help = "Makes the union and its first staff person in an empty database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("union", help="the union's name")
        parser.add_argument("--email", required=True, help="address of the first staff person; codes are mailed to it")
        parser.add_argument("--first-name", default="")
        parser.add_argument("--last-name", default="")
        parser.add_argument("--language", default=settings.LANGUAGE_CODE, choices=[code for code, _name in LANGUAGES])
        parser.add_argument("--code", default="1", help="the union's number in the membership registry (default: 1)")

    def handle(self, *args: Any, union: str, code: str, email: str, **options: Any) -> None:
        details = {name: options[name] for name in ("first_name", "last_name", "language")}
        try:
            validate_email(email)
            founding.found(union=union, code=code, email=email, on=timezone.localdate(), **details)
        except ValidationError as error:
            raise CommandError(f"{email}: {error.messages[0]}") from error
        except Refused as error:
            raise CommandError(str(error)) from error
        facts = {"union": union, "email": email, "where": settings.BASE_URL + reverse("account_login")}
        self.stdout.write(_("%(union)s is ready. %(email)s signs in at %(where)s with a code by mail.") % facts)
        self.stdout.write(_("Next: read in the membership register with manage.py import_members."))
