from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "comms.people"
    label = "people"

    def ready(self) -> None:
        from comms.people import checks  # noqa: F401  (registers the URL check)
