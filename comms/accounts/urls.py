"""The allauth pages that people can meet, by name; every other one stays closed. And the account page."""

from allauth.account import views as allauth
from django.urls import path
from django.views.generic import RedirectView

from comms.accounts import views

urlpatterns = [
    path("accounts/login/", allauth.login, name="account_login"),
    path(
        "accounts/login/code/",
        RedirectView.as_view(pattern_name="account_login", query_string=True),
        name="account_request_login_code",
    ),
    path("accounts/login/code/confirm/", allauth.confirm_login_code, name="account_confirm_login_code"),
    path("accounts/logout/", allauth.logout, name="account_logout"),
    path("accounts/inactive/", allauth.account_inactive, name="account_inactive"),
    path("accounts/signup/", allauth.signup, name="account_signup"),
    path("account/", views.account, name="account"),
    path("account/back/", views.back, name="account_back"),
    path("account/password/", views.password, name="account_password"),
]
