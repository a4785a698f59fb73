"""How django-allauth behaves here: sign-up is closed, codes go out in the person's own language."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from comms.people.models import User


class ClosedAdapter(DefaultAccountAdapter):
    """Staff invite people. The same answer meets known and unknown addresses (threat S17)."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "The address and the password do not match. Try again, or leave the password and ask for a code."
        ),
        "incorrect_code": _("That is not the code we sent. Look in the newest mail; it has six digits."),
        "too_many_login_attempts": _("Too many attempts. Wait a few minutes, then ask for a new code."),
        "rate_limited": _("Too many codes at once. Wait a minute, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def should_send_confirmation_mail(self, request: HttpRequest, email_address: Any, signup: bool) -> bool:
        """A code that arrived has confirmed the address already."""
        return False

    def format_email_subject(self, subject: str) -> str:
        return subject

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """In the language of the account; for an unknown address in the language of the page."""
        user = User.objects.filter(email__iexact=email).first()
        with translation.override(user.language if user else translation.get_language()):
            mail = self.render_mail(template_prefix, email, {"email": email, **context})
        mail.extra_headers["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        mail.send()

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """The pages say themselves what happened; only a code asked for again needs a word."""
        first_code = (
            message_template and "login_code_sent" in message_template and request.POST.get("action") != "resend"
        )
        if not first_code:
            super().add_message(request, level, message_template, *args, **kwargs)
