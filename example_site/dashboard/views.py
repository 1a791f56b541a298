"""A page that signs you in as anyone you like, unlike a real dashboard."""

import time
import uuid
from urllib.parse import urlsplit

import jwt
from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

#: Two members, a team member, and a person unknown to the portal.
PEOPLE = [
    ("Maren Tolk", "maren@brightwater.example"),
    ("Ilse Roth", "ilse@brightwater.example"),
    ("Hanna Vos (team)", "hanna@millrace.example"),
    ("Someone unknown", "someone@elsewhere.example"),
]


@never_cache
def dashboard(request):
    """Show the page that the portal redirects to for signing in."""
    if not settings.DEBUG:
        raise Http404
    issuer = settings.WAGTAIL_PORTAL["JWT_ISSUERS"][0]
    return_to = request.GET.get("return_to") or f"{settings.WAGTAILADMIN_BASE_URL}/support/"
    # Only redirect to the site on this server.
    portal = urlsplit(return_to)
    if portal.hostname not in ("localhost", "127.0.0.1"):
        raise Http404
    context = {
        "people": [(name, email, _token(issuer, name, email)) for name, email in PEOPLE],
        "return_to": return_to,
        "url": f"http://{portal.netloc}" + reverse("wagtail_portal_jwt", args=[issuer["key"]]),
    }
    response = render(request, "dashboard/home.html", context)
    # The portal checks which origin submits the form.
    response["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response


def _token(issuer: dict, name: str, email: str) -> str:
    now = int(time.time())
    claims = {
        "iss": issuer["issuer"],
        "aud": issuer["audience"],
        "iat": now,
        "exp": now + 600,
        "jti": str(uuid.uuid4()),
        "email": email,
        "name": name,
    }
    return jwt.encode(claims, issuer["secret"], algorithm="HS256")
