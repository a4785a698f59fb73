from django.urls import path

from comms.privacy import views

urlpatterns = [
    path("u/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("u/<str:token>/undo/", views.undo, name="unsubscribe_undo"),
]
