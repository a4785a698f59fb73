"""How a finished message leaves the house."""

from django.conf import settings

from mailings.transports.base import Transport
from mailings.transports.esp import EspTransport
from mailings.transports.file import FileTransport
from mailings.transports.providers import KNOWN
from mailings.transports.smtp import SmtpTransport


def make_transport() -> Transport:
    """A new, unconnected transport as the settings say."""
    if settings.MAIL_TRANSPORT == "smtp":
        return SmtpTransport(
            host=settings.EMAIL_HOST,
            port=settings.EMAIL_PORT,
            user=settings.EMAIL_HOST_USER,
            password=settings.EMAIL_HOST_PASSWORD,
            tls_from_start=getattr(settings, "EMAIL_USE_SSL", False),
            starttls_required=settings.SMTP_STARTTLS != "optional",
            local_name=settings.MAIL_DOMAIN,
            connections=settings.SMTP_CONNECTIONS,
        )
    if settings.MAIL_TRANSPORT == "esp":
        return EspTransport(
            KNOWN[settings.MAIL_PROVIDER],
            calls=settings.MAIL_PROVIDER_CALLS,
            return_path=settings.MAIL_PROVIDER_RETURN_PATH,
        )
    return FileTransport(folder=settings.MAIL_DIR)
