from django.apps import AppConfig


class MailingsConfig(AppConfig):
    name = "mailings"

    def ready(self) -> None:
        from mailings import checks  # noqa: F401  registers them
        from mailings.drafted import shows_picture
        from templates_lib import pictures

        pictures.witnesses.append(shows_picture)
