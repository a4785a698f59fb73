from django.urls import path

from cms.views import reading

app_name = "cms"
urlpatterns = [
    path("library/", reading.home, name="home"),
    path("library/<uuid:page>/", reading.page, name="page"),
]
