"""How django-allauth behaves here: sign-up is closed, codes go out in the person's own language."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from comms.accounts import changes, codes, oidc, second_step
from comms.people.models import User

OWN_DEVICE = "own_device"  # the cookie that keeps the box ticked; it says nothing about anybody
_NO_MATCH = gettext_lazy("The address or number and the password do not match. Try again, or ask for a code.")


class ClosedAdapter(DefaultAccountAdapter):
    """Staff invite people. The same answer meets known and unknown addresses and numbers (threat S17)."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _NO_MATCH,
        "phone_password_mismatch": _NO_MATCH,
        "username_password_mismatch": _NO_MATCH,
        "incorrect_code": gettext_lazy("That is not the code. Look in the newest message; it has six digits."),
        "too_many_login_attempts": gettext_lazy("Too many attempts. Wait a few minutes, then ask for a new code."),
        "rate_limited": gettext_lazy("Too many codes at once. Wait a minute, then try again."),
        "phone_taken": gettext_lazy("Another account has this number. Ask staff to look."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def should_send_confirmation_mail(self, request: HttpRequest, email_address: Any, signup: bool) -> bool:
        """A code that arrived has confirmed the address already."""
        return False

    def get_login_stages(self) -> list[str]:
        """The code first, then the second step for those who have one."""
        return ["allauth.account.stages.LoginByCodeStage", "comms.accounts.second_step.SecondStepStage"]

    def post_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse:  # type: ignore[override]
        response = super().post_login(request, user, **facts)  # type: ignore[arg-type]
        login = (facts.get("signal_kwargs") or {}).get("sociallogin")
        if login and oidc.link(login, user):
            changes.tell_of(request, changes.PROVIDER_ADDED)
        if second_step.was_shown(request, user):
            request.session["second_step"] = True
        if request.session.get("own_device"):
            year = 365 * 24 * 3600  # seconds
            response.set_cookie(OWN_DEVICE, "1", max_age=year, httponly=True, secure=settings.SESSION_COOKIE_SECURE)
        else:
            response.delete_cookie(OWN_DEVICE)
        return response

    # --- mail -----------------------------------------------------------------------------------------------------
    def format_email_subject(self, subject: str) -> str:
        return subject

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """In the language of the account; for an unknown address in the language of the page."""
        user = User.objects.filter(email__iexact=email).first()
        with translation.override(user.language if user else translation.get_language()):
            mail = self.render_mail(template_prefix, email, {"email": email, **context})
        mail.extra_headers["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        mail.send()

    def mail_code_later(self, user: User | None, code: str) -> None:
        """The mail that takes the place of an SMS. Sent by a worker, so that "nobody" takes the same time."""
        context = {"code": code, "union_name": settings.UNION_NAME}
        with translation.override(user.language if user else translation.get_language()):
            parts = [
                render_to_string(f"account/email/login_code_{part}.txt", context) for part in ("subject", "message")
            ]
        codes.send_later(user.email if user else "", "\n\n".join(part.strip() for part in parts), now=timezone.now())

    # --- mobile ---------------------------------------------------------------------------------------------------
    def send_verification_code_sms(self, user: User, phone: str, code: str, **_more: Any) -> None:  # type: ignore[override]
        """The last line lets the telephone offer the code for this site alone (WICG, Origin-bound one-time codes)."""
        host = urlsplit(settings.BASE_URL).hostname
        with translation.override(user.language):
            words = _("%(code)s is your code for %(union)s. Never give it to anybody.")
        text = words % {"code": code, "union": settings.UNION_NAME}
        codes.send_later(phone, f"{text}\n\n@{host} #{code}", now=timezone.now())

    def send_unknown_account_sms(self, phone: str, **_more: Any) -> None:
        """Nobody pays for an SMS to a stranger, but the answer takes as long."""
        codes.send_later("", "", now=timezone.now())

    def get_user_by_phone(self, phone: str) -> User | None:
        """The one person with this number; where several share it, it signs nobody in."""
        found = list(User.objects.filter(phone=phone, is_active=True)[:2]) if phone else []
        return found[0] if len(found) == 1 else None

    def get_phone(self, user: User) -> tuple[str, bool] | None:  # type: ignore[override]
        """A number on an account was entered by staff or confirmed by a code."""
        return (user.phone, True) if user.phone else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:  # type: ignore[override]
        if verified:
            self.set_phone_verified(user, phone)

    def set_phone_verified(self, user: User, phone: str) -> None:  # type: ignore[override]
        User.objects.filter(pk=user.pk).update(phone=phone)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """allauth counts all numbers as one, so that five wrong passwords of one person would stop everybody."""
        login = credentials.get("phone") or credentials.get("email")
        return super()._get_login_attempts_cache_key(request, **{**credentials, "email": login or ""})

    # --- words ----------------------------------------------------------------------------------------------------
    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """The pages say themselves what happened; only a code asked for again needs a word."""
        first_code = (
            message_template and "login_code_sent" in message_template and request.POST.get("action") != "resend"
        )
        if not first_code:
            super().add_message(request, level, message_template, *args, **kwargs)
