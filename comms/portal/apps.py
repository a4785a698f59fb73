from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "comms.portal"
    label = "portal"

    def ready(self) -> None:
        from comms.portal import receivers  # noqa: F401  (the editors' group after each migrate)
