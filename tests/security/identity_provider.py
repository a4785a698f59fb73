"""allauth's own identity provider, as a process with settings and a database of its own.

    python -m tests.security.identity_provider PORT FOLDER CALLBACK

Whoever opens /enter/NAME/ is that person there. Its clients: "portal", and "confused", whose ID tokens are made for
somebody else.
"""

from __future__ import annotations

import sys
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

SECRET = "a secret of the client"
PEOPLE = {  # name there -> address, and whether the provider has verified it
    "sara": ("Sara@example.org", True),
    "careless": ("sara@example.org", False),
    "heir": ("sara@example.org", True),
    "kelvin": ("\u212aim@example.org", True),  # a Kelvin sign, which is a k when made small
    "stranger": ("stranger@example.org", True),
    "alice": ("alice@example.org", True),
}
INSTALLED = ["contenttypes", "auth", "sessions", "messages"]


def configure(folder: str) -> None:
    import django
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from django.conf import settings

    pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    settings.configure(
        SECRET_KEY="the provider's",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/provider.sqlite3"}},
        INSTALLED_APPS=[
            *(f"django.contrib.{name}" for name in INSTALLED), "allauth", "allauth.account", "allauth.idp.oidc",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # of the clients' secrets, quickly
        SESSION_COOKIE_NAME="provider",  # cookies do not tell ports apart
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        IDP_OIDC_PRIVATE_KEY=pem.decode(),
        IDP_OIDC_ADAPTER=f"{__name__}.Adapter",
        USE_TZ=True,
    )  # fmt: skip
    django.setup()


def doors() -> None:
    """What Django looks up in this module by name."""
    from allauth.idp.oidc.adapter import DefaultOIDCAdapter
    from django.contrib.auth import get_user_model, login
    from django.http import HttpResponse
    from django.urls import include, path

    class Adapter(DefaultOIDCAdapter):
        def populate_id_token(self, id_token: dict[str, Any], client: Any, scopes: Any, **_: Any) -> None:
            if client.id == "confused":
                id_token["aud"] = "somebody else"

    def enter(request: Any, who: str) -> HttpResponse:
        user = get_user_model().objects.get(username=who)
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return HttpResponse(f"You are {who} here.")

    globals()["Adapter"] = Adapter
    globals()["urlpatterns"] = [path("", include("allauth.idp.urls")), path("enter/<who>/", enter)]


def fill(callbacks: list[str]) -> None:
    from allauth.account.models import EmailAddress
    from allauth.idp.oidc.models import Client
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    for name, (address, verified) in PEOPLE.items():
        user = get_user_model().objects.create(username=name, email=address)
        EmailAddress.objects.bulk_create([EmailAddress(user=user, email=address, verified=verified, primary=True)])
    for name in ("portal", "confused"):
        client = Client(id=name, name=name, scopes="openid\nemail", skip_consent=True)
        client.set_redirect_uris(callbacks)
        client.set_secret(SECRET)
        client.save()


class Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Only errors are worth a line."""


def main(port: str, folder: str, *callbacks: str) -> None:
    configure(folder)
    doors()
    fill(list(callbacks))
    from django.core.wsgi import get_wsgi_application

    make_server("127.0.0.1", int(port), get_wsgi_application(), Threads, Quiet).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
