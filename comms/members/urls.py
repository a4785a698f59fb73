from django.urls import path

from comms.members import views

app_name = "members"
urlpatterns = [
    path("", views.index, name="list"),
    path("search/", views.search, name="search"),
    path("<uuid:public_id>/", views.member, name="member"),
    path("<uuid:public_id>/contact/", views.contact, name="contact"),
]
