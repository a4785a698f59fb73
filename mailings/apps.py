from django.apps import AppConfig


class MailingsConfig(AppConfig):
    name = "mailings"

    def ready(self) -> None:
        from mailings import checks, receivers  # noqa: F401
        from mailings.drafted import shows_picture
        from mailings.facts import checks as _checks  # noqa: F401
        from templates_lib import pictures

        pictures.witnesses.append(shows_picture)
