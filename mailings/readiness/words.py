"""The findings in plain words, and what to do about them."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Says(NamedTuple):
    """`text` is what was found; `todo` what to do, "" when there is nothing."""

    text: str | Promise
    todo: str | Promise = ""


TITLES = {
    "spf": _("Who may send for the domain (SPF)"),
    "dkim": _("The signature on every mail (DKIM)"),
    "dmarc": _("What to do with forgeries (DMARC)"),
    "ptr": _("The name of the sending server (PTR)"),
    "tls": _("Encryption on the way (TLS)"),
}
PUBLISH = _("Whoever manages the domain publishes this record.")
REPLACE = _("Whoever manages the domain replaces the record by this one.")

SAYS: dict[str, Says] = {
    "silent": Says(_("We could not look: nobody answered."), _("Try again later. Nothing is stopped meanwhile.")),
    "spf_good": Says(_("The domain says who may send, and we are among them.")),
    "spf_there": Says(_("The domain says who may send.")),
    "spf_none": Says(_("The domain does not say who may send for it."), PUBLISH),
    "spf_two": Says(
        _("There are two such records; receivers then believe neither."), _("Keep one and join the other into it.")
    ),
    "spf_everybody": Says(_("The record lets anybody send for the domain (“+all”)."), REPLACE),
    "spf_broken": Says(
        _("A part of the record leads nowhere, so receivers believe none of it."),
        _("Remove what is no longer used, above all an “include” of a domain without such a record."),
    ),
    "spf_long": Says(
        _("The record asks for more than ten look-ups, so receivers give up."),
        _("Remove services the domain no longer sends with."),
    ),
    "spf_opaque": Says(
        _("The record depends on the single mail; we cannot tell whether it allows us."),
        _("Send a test to a mailbox at Gmail and look for “SPF: PASS” under “Show original”."),
    ),
    "spf_not_us": Says(_("The record does not allow the server we send from."), REPLACE),
    "dkim_good": Says(_("The key stands there and is strong enough.")),
    "dkim_unnamed": Says(
        _("We do not know under which name (selector) the mail server signs."),
        _("Switch signing on in the mail server or at the provider, publish its key, and set DKIM_SELECTORS."),
    ),
    "dkim_none": Says(
        _("There is no key, so nobody can check the signature."),
        _("Publish the record your mail server or provider shows for this name."),
    ),
    "dkim_revoked": Says(_("The key has been withdrawn."), _("Publish a new one and sign with it.")),
    "dkim_broken": Says(
        _("The record cannot be read."), _("Publish it exactly as the mail server or provider shows it.")
    ),
    "dkim_weak": Says(_("The key is too short; receivers ignore it."), _("Make one of 2048 bits and publish it.")),
    "dkim_testing": Says(_("The key is marked as a test (“t=y”); receivers may ignore it."), _("Remove the mark.")),
    "dmarc_good": Says(_("The domain says what to do with forgeries.")),
    "dmarc_none": Says(
        _("The domain does not say what to do with forgeries. Gmail and Yahoo want it from larger senders."), PUBLISH
    ),
    "dmarc_two": Says(_("There are two such records; receivers then believe neither."), _("Keep one of them.")),
    "dmarc_broken": Says(_("The record does not say what to do (“p=”)."), REPLACE),
    "ptr_good": Says(_("The server’s address has a name, and the name leads back to it.")),
    "ptr_untold": Says(_("We do not know from which servers mail leaves."), _("Set SENDING_HOSTS.")),
    "ptr_none": Says(
        _("The server’s address has no name. Many receivers refuse mail from such servers."),
        _("Ask whoever provides the server to set this name."),
    ),
    "ptr_other": Says(
        _("The server’s name leads to another address."),
        _("Ask whoever provides the server to set this name, or correct the address of the name."),
    ),
    "tls_good": Says(_("Mail leaves encrypted, and the server can prove who it is.")),
    "tls_none": Says(
        _("The mail server offers no encryption, so nothing is sent to it."),
        _("Switch STARTTLS on in the mail server."),
    ),
    "tls_untrusted": Says(
        _("The mail server’s certificate is not valid, so nothing is sent to it."),
        _("Give it a certificate for exactly this name."),
    ),
    "tls_here": Says(
        _("The mail server stands on this machine; whether it encrypts further on is its own setting."),
        _("In Postfix: smtp_tls_security_level = may."),
    ),
}
