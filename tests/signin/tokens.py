"""Tokens as a dashboard creates them, using a different library from the portal."""

import base64
import hashlib
import hmac
import json
import time
import uuid

from joserfc import jwk, jwt

SECRET = "a secret of sixty-four bytes, shared by the dashboard and portal"
ORIGIN = "https://dashboard.example"
ISSUER = {
    "key": "dashboard",
    "name": "Acme Dashboard",
    "issuer": "https://dashboard.example",
    "audience": "portal.example",
    "secret": SECRET,
    "login_url": "https://dashboard.example/support/?from=portal",
}
ENTRANCE = "/accounts/jwt/dashboard/"

RSA = jwk.RSAKey.generate_key(2048, {"kid": "rsa-1"})
EC = {
    "ES256": jwk.ECKey.generate_key("P-256", {"kid": "ec-256"}),
    "ES384": jwk.ECKey.generate_key("P-384", {"kid": "ec-384"}),
    "ES512": jwk.ECKey.generate_key("P-521", {"kid": "ec-521"}),
}


def claims(email: str, /, **changes) -> dict:
    """Return the claims of a token; a change to None removes the claim."""
    now = int(time.time())
    said = {
        "iss": ISSUER["issuer"],
        "aud": ISSUER["audience"],
        "iat": now,
        "exp": now + 120,
        "jti": str(uuid.uuid4()),
        "email": email,
        **changes,
    }
    return {key: value for key, value in said.items() if value is not None}


def sign(said: dict, *, alg: str = "HS256", key=None, **header) -> str:
    """Return the signed token for ``claims``."""
    key = key or jwk.OctKey.import_key(SECRET)
    return jwt.encode({"alg": alg, **header}, said, key, algorithms=[alg])


def part(value) -> str:
    """Return an encoded part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forge(said: dict, secret: str | bytes = SECRET, **header) -> str:
    """Return a token signed with HS256 by hand, with any header and secret."""
    signed = f"{part({'alg': 'HS256', **header})}.{part(said)}"
    secret = secret.encode() if isinstance(secret, str) else secret
    digest = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def token(email: str, /, **changes) -> str:
    """Return a token of the dashboard for an address."""
    return sign(claims(email, **changes))


def send_token(client, sent: str, *, origin: str = ORIGIN, return_to: str = "", **kwargs):
    """Send a token from a page of the dashboard."""
    data = {"jwt": sent, **({"return_to": return_to} if return_to else {})}
    headers = {"Origin": origin} if origin else {}
    return client.post(kwargs.pop("url", ENTRANCE), data, headers=headers)


def user_of(client):
    """Return the primary key of the signed-in user, or None."""
    return client.session.get("_auth_user_id")
