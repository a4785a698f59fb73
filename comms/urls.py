"""Every URL of the product. `manage.py check` refuses one that says neither @scoped nor @public."""

from django.urls import include, path
from django.views.generic import RedirectView
from wagtail.admin import urls as wagtailadmin_urls

urlpatterns = [
    path("admin/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),  # one way to sign in
    path("admin/", include(wagtailadmin_urls)),
    path("", include("comms.accounts.urls")),
    path("", include("comms.portal.urls")),
    path("", include("comms.privacy.urls")),
    path("members/", include("comms.members.urls")),
    path("", include("comms.demo.urls")),
    path("", include("templates_lib.urls")),
    path("", include("cms.urls")),
    path("", include("mailings.urls")),
]
