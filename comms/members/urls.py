from django.urls import path

from comms.members import rights, views, wishes

app_name = "members"
urlpatterns = [
    path("", views.index, name="list"),
    path("search/", views.search, name="search"),
    path("wishes/", wishes.index, name="wishes"),
    path("wishes/<uuid:public_id>/", wishes.detail, name="wish"),
    path("wishes/<uuid:public_id>/carry-out/", wishes.carry_out, name="wish_carry_out"),
    path("wishes/<uuid:public_id>/refuse/", wishes.refuse, name="wish_refuse"),
    path("wishes/<uuid:public_id>/copy/", wishes.copy, name="wish_copy"),
    path("rights/find/", rights.find, name="find"),
    path("rights/<uuid:public_id>/", rights.index, name="rights"),
    path("rights/<uuid:public_id>/copy/", rights.copy, name="rights_copy"),
    path("rights/<uuid:public_id>/correct/", rights.correct, name="rights_correct"),
    path("rights/<uuid:public_id>/release/", rights.release, name="rights_release"),
    path("rights/<uuid:public_id>/pause/", rights.pause, name="rights_pause"),
    path("rights/<uuid:public_id>/go-on/", rights.go_on, name="rights_go_on"),
    path("rights/<uuid:public_id>/take-out/", rights.take_out, name="rights_take_out"),
    path("<uuid:public_id>/", views.member, name="member"),
    path("<uuid:public_id>/contact/", views.contact, name="contact"),
]
