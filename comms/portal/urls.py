from django.urls import URLPattern, URLResolver, include, path

from comms.portal import guide, help, installed, views

app_name = "portal"
urlpatterns: list[URLPattern | URLResolver] = [
    path("language/", views.language, name="language"),
    path("help/", help.screen, name="help"),
    path("help/<slug:screen>/", help.screen, name="help"),
    path("guide/<int:number>/", guide.page, name="guide"),
    path("guide/done/", guide.done, name="guide_done"),
    path("manifest.webmanifest", installed.manifest, name="manifest"),
    path("worker.js", installed.worker, name="worker"),
    path("offline/", installed.offline, name="offline"),
    path("staff/", include("comms.portal.staff.urls")),
]
