"""Who may see details and metrics."""

from functools import wraps

from django.db.transaction import non_atomic_requests
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from wagtail_portal import conf
from wagtail_portal.permissions import Verb
from wagtail_portal.utils.error_reports import private_reports


def monitoring_view(view):
    """Decorate a view that's read by monitoring systems, also if there's no database."""

    @non_atomic_requests
    @never_cache
    @require_safe
    @private_reports
    @wraps(view)
    def wrapper(request):
        return view(request)

    return wrapper


def has_token(request: HttpRequest) -> bool:
    """Return whether a request has the header ``Authorization: Bearer`` with the token of the
    settings."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    expected = conf.MONITORING_TOKEN
    return bool(
        expected and scheme.lower() == "bearer" and constant_time_compare(token.strip(), expected)
    )


def sees_details(request: HttpRequest) -> bool:
    """Return whether the request has the token, or a user with the permission. It may read the
    database."""
    if has_token(request):
        return True
    try:
        return request.user.has_perm(Verb.VIEW_SYSTEM_STATUS)
    except Exception:
        # Without sessions, such as before the first migration, no one is known.
        return False
