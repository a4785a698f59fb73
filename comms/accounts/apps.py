from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "comms.accounts"
    label = "accounts"

    def ready(self) -> None:
        from comms.accounts import sessions  # noqa: F401  (a sign-in notes its time)
