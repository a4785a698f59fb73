from django.urls import path

from cms.views import reading, searching

app_name = "cms"
urlpatterns = [
    path("library/", reading.home, name="home"),
    path("library/search/", searching.find, name="search"),
    path("library/suggest/", searching.offer, name="suggest"),
    path("library/<uuid:page>/", reading.page, name="page"),
]
