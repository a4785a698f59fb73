from django.urls import path

from comms.demo import views

app_name = "demo"
urlpatterns = [
    path("outbox/", views.mails, name="outbox"),
    path("outbox/mail/", views.mail, name="mail"),
    path("outbox/mail/html/", views.html, name="html"),
    path("outbox/mail/attachment/", views.attachment, name="attachment"),
]
