from django.urls import path

from comms.privacy import pledging, views

urlpatterns = [
    path("pledge/<uuid:mandate>/", pledging.page, name="pledge"),
    path("u/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("u/<str:token>/undo/", views.undo, name="unsubscribe_undo"),
    path("u/<str:token>/choices/", views.choices, name="choices"),
    path("u/<str:token>/choices/undo/", views.choices_undo, name="choices_undo"),
    path("u/<str:token>/write-again/", views.write_again, name="write_again"),
    path("u/<str:token>/wish/<slug:kind>/", views.wish, name="wish"),
    path("u/<str:token>/wish/<uuid:public_id>/back/", views.wish_back, name="wish_back"),
]
