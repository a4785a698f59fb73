"""The allauth pages that people can meet, by name; every other one stays closed. And the account pages."""

from allauth.account import views as allauth
from django.urls import path
from django.views.generic import RedirectView

from comms.accounts.views import account, devices, provider, second_step, sign_in

urlpatterns = [
    path("accounts/login/", sign_in.SignInView.as_view(), name="account_login"),
    path(
        "accounts/login/code/",
        RedirectView.as_view(pattern_name="account_login", query_string=True),
        name="account_request_login_code",
    ),
    path("accounts/login/code/confirm/", sign_in.CodeView.as_view(), name="account_confirm_login_code"),
    path("accounts/login/second-step/", sign_in.SecondStepView.as_view(), name="mfa_authenticate"),
    path("accounts/login/passkey/", sign_in.passkey_sign_in, name="passkey_sign_in"),
    path("accounts/login/passkey/challenge/", sign_in.passkey_challenge, name="passkey_challenge"),
    path("accounts/login/provider/", provider.to_provider, name="oidc_sign_in"),
    path("accounts/login/provider/back/", provider.from_provider, name="oidc_callback"),
    path("accounts/logout/", allauth.logout, name="account_logout"),
    path("accounts/inactive/", allauth.account_inactive, name="account_inactive"),
    path("accounts/signup/", allauth.signup, name="account_signup"),
    path("account/", account.account, name="account"),
    path("account/back/", account.back, name="account_back"),
    path("account/password/", account.password, name="account_password"),
    path("account/phone/", account.phone, name="account_phone"),
    path("account/phone/code/", account.phone_code, name="account_phone_code"),
    path("account/devices/", devices.signed_in, name="account_devices"),
    path("account/devices/<int:pk>/end/", devices.end, name="account_end_device"),
    path("account/devices/end-others/", devices.end_others, name="account_end_others"),
    path("account/second-step/", second_step.overview, name="account_second_step"),
    path("account/second-step/app/", second_step.app, name="account_app"),
    path("account/second-step/app/remove/", second_step.remove_app, name="account_remove_app"),
    path("account/second-step/codes/", second_step.codes, name="account_codes"),
    path("account/passkeys/new/", second_step.new_passkey, name="account_new_passkey"),
    path("account/passkeys/offer/", second_step.passkey_offer, name="account_passkey_offer"),
    path("account/passkeys/<int:pk>/", second_step.name_passkey, name="account_name_passkey"),
    path("account/passkeys/<int:pk>/remove/", second_step.remove_passkey, name="account_remove_passkey"),
]
