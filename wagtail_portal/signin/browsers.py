"""Whose browser a request comes from, for limits.

Limits per email address stop attackers, but anyone who knows an address can use them up. So a
browser in which someone has signed in with an address gets a signed cookie, and is counted on its
own for that address from then on.
"""

from functools import wraps
from ipaddress import ip_address, ip_network
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core.ratelimit import respond_429
from django.conf import settings
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.utils.crypto import get_random_string, salted_hmac

from wagtail_portal import conf
from wagtail_portal.actions.rate_limits import DAY, limit
from wagtail_portal.exceptions import RateLimited

COOKIE = "wagtail_portal_browser"
#: Addresses that one browser is known for, such as on a computer in a family or a shop.
MAX_ADDRESSES = 5


def client_of(request) -> str:
    """Return a digest of the visitor's IP address, or of their network for IPv6, because visitors
    can change their address within it."""
    try:
        found: Any = ip_address(get_adapter(request).get_client_ip(request))
    except (PermissionDenied, ValueError):
        found = ""
    if found and found.version == 6:
        found = ip_network((found, 64), strict=False)
    return _digest("client", str(found))


def known_browser(request, email: str) -> str:
    """Return an ID of the browser if someone has signed in with this email address in it, else
    ""."""
    browser, addresses = _read(request)
    return browser if _digest("address", email.lower()) in addresses else ""


def remember_browser(request, response, email: str) -> str:
    """Let a response give its browser an allowance of its own for an email address, and return the
    browser's ID; "" if browsers aren't remembered.

    :param email: the address with which someone has just signed in.
    """
    if not conf.KNOWN_BROWSER_DAYS:
        return ""
    browser, addresses = _read(request)
    browser = browser or get_random_string(22)
    # A digest, so that the cookie reveals no address to other users of the browser.
    digest = _digest("address", email.lower())
    others = [row for row in addresses if row != digest]
    value = [browser, *others[1 - MAX_ADDRESSES :], digest]
    response.set_cookie(
        COOKIE,
        signing.dumps(value, salt=COOKIE),
        max_age=conf.KNOWN_BROWSER_DAYS * DAY,
        path=settings.SESSION_COOKIE_PATH,
        domain=settings.SESSION_COOKIE_DOMAIN,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return browser


def limit_address(setting: str, request, email: str) -> None:
    """Count a use for an email address, or for the address in a browser that is known for it.

    :param setting: the name of the limit per hour in ``WAGTAIL_PORTAL``.
    :raises RateLimited: if the limit is exceeded.
    """
    browser = known_browser(request, email)
    limit(setting, f"{email} {browser}" if browser else email)


def limit_client(setting: str, request) -> None:
    """Count a use for a known browser, or else for the IP address, which many may share.

    :param setting: the name of the limit per hour in ``WAGTAIL_PORTAL``.
    :raises RateLimited: if the limit is exceeded.
    """
    limit(setting, _read(request)[0] or client_of(request))


def limit_sessions(view):
    """Let each client begin only a number of sessions without signing in, because each takes up
    space."""

    @wraps(view)
    def wrapper(request, *args, **kwargs):
        key = request.session.session_key
        response = view(request, *args, **kwargs)
        session = request.session
        # Some views save it themselves, and then it has a key.
        is_new = session.modified and (not session.session_key or session.session_key != key)
        if is_new and not session.is_empty() and not request.user.is_authenticated:
            try:
                limit_client("SESSIONS_PER_CLIENT", request)
            except RateLimited:
                session.flush()
                return respond_429(request)
        return response

    return wrapper


def _read(request) -> tuple[str, list[str]]:
    """Return the ID of a browser and the digests of the addresses that it's known for."""
    text = request.COOKIES.get(COOKIE, "")
    if not text or not conf.KNOWN_BROWSER_DAYS:
        return "", []
    try:
        max_age = conf.KNOWN_BROWSER_DAYS * DAY
        browser, *addresses = signing.loads(text, salt=COOKIE, max_age=max_age)
    except signing.BadSignature:
        return "", []
    return browser, addresses


def _digest(kind: str, value: str) -> str:
    return salted_hmac(f"wagtail_portal.{kind}", value, algorithm="sha256").hexdigest()
