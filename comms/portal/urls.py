from django.urls import URLPattern, URLResolver, include, path

from comms.portal import views

app_name = "portal"
urlpatterns: list[URLPattern | URLResolver] = [
    path("language/", views.language, name="language"),
    path("staff/", include("comms.portal.staff.urls")),
]
