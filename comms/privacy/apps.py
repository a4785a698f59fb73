from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "comms.privacy"
    label = "privacy"

    def ready(self) -> None:
        from comms.privacy import checks  # noqa: F401  (they register themselves)
