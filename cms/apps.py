from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CmsConfig(AppConfig):
    name = "cms"
    verbose_name = _("Library")

    def ready(self) -> None:
        from cms import receivers  # noqa: F401  (what is published enters the index)
