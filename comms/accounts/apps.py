from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "comms.accounts"
    label = "accounts"

    def ready(self) -> None:
        from comms.accounts import checks, sessions  # noqa: F401  (what SMS need; a sign-in notes its time)
