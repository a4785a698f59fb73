from django.urls import path

from comms.members import export_views, looks, rights, staff, views, wishes

app_name = "members"
urlpatterns = [
    path("", views.index, name="list"),
    path("search/", views.search, name="search"),
    path("export/", export_views.offer, name="exports"),
    path("export/order/", export_views.order, name="export_order"),
    path("export/<uuid:export>/", export_views.detail, name="export"),
    path("export/<uuid:export>/file/", export_views.file, name="export_file"),
    path("powers/", staff.index, name="powers"),
    path("powers/<slug:role>/give/", staff.give, name="power_give"),
    path("powers/<slug:role>/end/", staff.end, name="power_end"),
    path("wishes/", wishes.index, name="wishes"),
    path("wishes/<uuid:public_id>/", wishes.detail, name="wish"),
    path("wishes/<uuid:public_id>/carry-out/", wishes.carry_out, name="wish_carry_out"),
    path("wishes/<uuid:public_id>/refuse/", wishes.refuse, name="wish_refuse"),
    path("wishes/<uuid:public_id>/copy/", wishes.copy, name="wish_copy"),
    path("looks/", looks.index, name="looks"),
    path("looks/by/<int:pk>/", looks.by, name="looks_by"),
    path("<uuid:public_id>/looks/", looks.at, name="looks_at"),
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
