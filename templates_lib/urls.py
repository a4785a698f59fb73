"""Pictures and staff media."""

from django.urls import path, re_path

from templates_lib import views

urlpatterns = [
    re_path(r"^i/(?P<sha256>[0-9a-f]{64})\.(?P<ending>jpg|png)$", views.picture, name="picture"),
    path("media/<path:path>", views.media, name="media"),
]
