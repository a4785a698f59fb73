from django.urls import path

from cms.views import files, open, reading, searching, telling

app_name = "cms"
urlpatterns = [
    path("library/", reading.home, name="home"),
    path("library/told/", telling.told, name="told"),
    path("library/search/", searching.find, name="search"),
    path("library/suggest/", searching.offer, name="suggest"),
    path("library/<uuid:page>/", reading.page, name="page"),
    path("library/<uuid:page>/files/<uuid:file>/", files.file, name="file"),
    path("library/<uuid:page>/pictures/<int:image>/", files.picture, name="picture"),
    path("open/<uuid:page>/", open.page, name="open"),
    path("open/<uuid:page>/files/<uuid:file>/", open.file, name="open_file"),
    path("open/<uuid:page>/pictures/<int:image>/", open.picture, name="open_picture"),
    path("library/<uuid:page>/verdict/", telling.verdict, name="verdict"),
]
