"""Sender readiness: whether Gmail, Outlook and the others will take larger mailings from our domain.

A task looks and keeps what it found; pages and the pre-flight read what was kept. Nothing is known until somebody
has looked, and what is not known stops nobody.
"""

from __future__ import annotations

import datetime

import dns.exception
import dns.resolver
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from mailings import pace
from mailings.models import SenderCheck
from mailings.readiness import looking
from mailings.readiness.judging import BAD
from mailings.readiness.looking import Sender
from mailings.readiness.records import Dns


def is_real() -> bool:
    """Whether mail leaves this machine at all: not in the demo and not while somebody programs."""
    return settings.MAIL_TRANSPORT != "file" and not settings.DEBUG


def sender() -> Sender:
    """Ourselves, as the settings say."""
    server = None
    if settings.MAIL_TRANSPORT == "smtp":
        server = (settings.EMAIL_HOST, settings.EMAIL_PORT, getattr(settings, "EMAIL_USE_SSL", False))
    return Sender(
        from_domain=settings.MAILING_FROM_ADDRESS.rpartition("@")[2],
        bounce_domain=settings.BOUNCE_DOMAIN,
        selectors=tuple(settings.DKIM_SELECTORS),
        hosts=tuple(settings.SENDING_HOSTS),
        server=server,
    )


def refresh(*, now: datetime.datetime, resolver: dns.resolver.Resolver | None = None) -> None:
    """Look at everything and keep it instead of what was known."""
    found = looking.look(sender(), net=Dns(resolver or _resolver()), probe=looking.probe_tls)
    rows = [
        SenderCheck(
            check_name=one.check, about=one.about, state=one.state, code=one.code, found=list(one.found),
            publish=list(one.publish), looked_at=now,
        )
        for one in found
    ]  # fmt: skip
    with transaction.atomic():
        SenderCheck.objects.all().delete()
        SenderCheck.objects.bulk_create(rows)


def _resolver() -> dns.resolver.Resolver:
    try:
        return dns.resolver.Resolver()
    except dns.exception.DNSException:  # no /etc/resolv.conf: every question stays without an answer
        return dns.resolver.Resolver(configure=False)


def is_red() -> bool:
    """Whether something is known to be wrong. False while nobody has looked."""
    return is_real() and SenderCheck.objects.filter(state=BAD).exists()


def consumers() -> Q:
    """Members with a mailbox at one of the large providers, who ask bulk senders for all this since 2024."""
    chosen = Q()
    for domain in sorted(set().union(*pace.PROVIDERS.values())):
        chosen |= Q(email__iendswith=f"@{domain}")
    return chosen
