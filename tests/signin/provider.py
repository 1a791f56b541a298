"""A separate OpenID Connect provider: a small site using the one that allauth ships.

Run as a program: ``provider.py FOLDER REDIRECT_URI``. It prints its URL and serves until its
standard input is closed. Its users are named after how their addresses are verified.
"""

import os
import sys
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

CLIENT = {"client_id": "portal", "secret": "known to the portal and the provider"}
PASSWORD = "a password at the provider"


def configure(folder: Path) -> None:
    """Configure the provider's settings."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from django.conf import settings

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    settings.configure(
        SECRET_KEY="the provider's",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "allauth",
            "allauth.account",
            "allauth.idp.oidc",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "provider.sqlite3"}
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
        ACCOUNT_LOGIN_METHODS={"username"},
        ACCOUNT_EMAIL_VERIFICATION="none",
        ACCOUNT_RATE_LIMITS=False,
        IDP_OIDC_PRIVATE_KEY=pem,
        USE_TZ=True,
    )


def create_client_and_users(redirect_uri: str) -> None:
    """Create one client and the users."""
    from allauth.account.models import EmailAddress
    from allauth.idp.oidc.models import Client
    from django.contrib.auth import get_user_model
    from django.contrib.auth.hashers import make_password

    client = Client(id=CLIENT["client_id"], name="Portal", secret=make_password(CLIENT["secret"]))
    client.scopes = "openid\nprofile\nemail"
    client.redirect_uris, client.skip_consent = redirect_uri, True
    client.save()
    for name, email, verified in (
        ("verified", "Dana@Acme.example", True),
        ("unverified", "dana@acme.example", False),
        ("unknown", "who@nowhere.example", True),
        ("staff", "robin@company.example", True),
        ("invited", "kim@acme.example", True),
        # Customers of the example site.
        ("maren", "maren@brightwater.example", True),
        ("unverified maren", "maren@brightwater.example", False),
    ):
        user = get_user_model().objects.create_user(name, email, PASSWORD, first_name=name)
        EmailAddress.objects.create(user=user, email=email, verified=verified, primary=True)


def urlpatterns():
    from django.urls import include, path

    return [
        path("accounts/", include("allauth.account.urls")),
        path("", include("allauth.idp.urls")),
    ]


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *args):
        pass


def main(folder: str, redirect_uri: str) -> None:
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    configure(Path(folder))
    import django
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    django.setup()
    call_command("migrate", verbosity=0)
    create_client_and_users(redirect_uri)
    globals()["urlpatterns"] = urlpatterns()
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=QuietHandler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    import threading

    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    # The settings name this module as the URLconf.
    sys.modules["provider"] = sys.modules["__main__"]
    main(*sys.argv[1:])
