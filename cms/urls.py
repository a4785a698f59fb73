from django.urls import path

from cms.views import reading, telling

app_name = "cms"
urlpatterns = [
    path("library/", reading.home, name="home"),
    path("library/told/", telling.told, name="told"),
    path("library/<uuid:page>/", reading.page, name="page"),
    path("library/<uuid:page>/verdict/", telling.verdict, name="verdict"),
]
