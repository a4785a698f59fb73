"""Every URL of the product. `manage.py check` refuses one that says neither @scoped nor @public."""

from django.urls import include, path
from wagtail.admin import urls as wagtailadmin_urls

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("admin/", include(wagtailadmin_urls)),
    path("", include("comms.portal.urls")),
    path("", include("comms.privacy.urls")),
    path("", include("templates_lib.urls")),
    path("", include("mailings.urls")),
]
