"""Where allauth works for the portal: with the portal's settings, URLs and unfinished sign-ins.

Everywhere else, allauth works for the site as if there were no portal.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from django.conf import settings
from django.urls import get_urlconf, set_urlconf

from .allauth_internals import LOGIN_SESSION_KEY, keep_pages, layer_settings
from .settings import portal_settings, site_settings
from .site_urls import with_portal_names

#: The session key of a sign-in to the portal that isn't complete.
PENDING = "wagtail_portal_sign_in"
_is_active: ContextVar[bool] = ContextVar("wagtail_portal_scope", default=False)


class Outside:
    """``request.portal_scope`` of all other requests."""

    manage_template = reauthenticate_template = ""

    def __bool__(self):
        return False


OUTSIDE = Outside()


class Scope:
    """The portal's part of one request, in templates ``request.portal_scope``.

    It's entered by a view, and ends with the request at the latest.
    """

    #: What allauth's own pages extend.
    manage_template = "wagtail_portal/signin/manage.html"
    reauthenticate_template = "wagtail_portal/signin/base_reauthenticate.html"

    def __init__(self, request):
        self.request = request
        # First, because it fails without the database.
        self._exchange(LOGIN_SESSION_KEY, PENDING)
        self.urlconf = get_urlconf()
        set_urlconf(with_portal_names(self.urlconf or settings.ROOT_URLCONF))
        _is_active.set(True)

    def leave(self) -> None:
        """Go back to the site's own settings and URLs."""
        _is_active.set(False)
        set_urlconf(self.urlconf)
        self.request.portal_scope = OUTSIDE
        self._exchange(LOGIN_SESSION_KEY, PENDING)

    def _exchange(self, key: str, other: str) -> None:
        """Exchange two values of the session: allauth has one key for an unfinished sign-in, and
        would continue that of the site in the portal, and the other way round."""
        session: Any = getattr(self.request, "session", {})
        found = {key: session.get(other), other: session.get(key)}
        if found[key] is found[other] is None:
            return
        modified = session.modified
        for name, value in found.items():
            if value is None:
                session.pop(name, None)
            else:
                session[name] = value
        # Nothing has changed for the next request.
        session.modified = modified


def is_active() -> bool:
    """Return whether allauth works for the portal now."""
    return _is_active.get()


def enter_scope(request) -> None:
    """Let allauth work for the portal until the end of the request."""
    if not getattr(request, "portal_scope", None):
        request.portal_scope = Scope(request)


def leave_scope(request) -> None:
    """Let allauth work for the site again."""
    if scope := getattr(request, "portal_scope", None):
        scope.leave()


@contextmanager
def portal_scope(request):
    """Let allauth work for the portal within the block."""
    if getattr(request, "portal_scope", None):
        yield
        return
    enter_scope(request)
    try:
        yield
    finally:
        leave_scope(request)


def in_portal(view):
    """Let allauth work for the portal in a view, and while its response is rendered."""

    @wraps(view)
    def wrapper(request, *args, **kwargs):
        if hasattr(request, "portal_scope"):
            # The portal's middleware leaves it.
            enter_scope(request)
            return view(request, *args, **kwargs)
        with portal_scope(request):
            return view(request, *args, **kwargs)

    return wrapper


@contextmanager
def settings_of(*, portal: bool):
    """Let allauth read the settings of the portal, or of the site, within the block."""
    token = _is_active.set(portal)
    try:
        yield
    finally:
        _is_active.reset(token)


def connect() -> None:
    """Give allauth the portal's settings within its scope."""
    layer_settings(lambda prefix: (portal_settings if is_active() else site_settings)(prefix))
    keep_pages(is_active)
