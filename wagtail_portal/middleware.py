"""Answer what fails in the portal with a page of the portal.

The rest of the site keeps its own error pages.
"""

from django.conf import settings
from django.core.exceptions import (
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import add_never_cache_headers
from wagtail.models import Site

from wagtail_portal.compat import AbstractPage

from . import read_only_mode
from .desk import read_only as desk
from .exceptions import Invalid, ReadOnly
from .pages.context import portal_context
from .pages.errors import CSRF, READ_ONLY_MODE, TEXTS, UNSAVED, Written, error_page
from .pages.former_paths import find_former, redirect_to_former
from .pages.full_disk import skip_unsaved_files
from .pages.quick_routes import find_route
from .pages.routing import routed_view
from .portal_urls import find_home
from .signin.scope import OUTSIDE, leave_scope
from .utils import remembering
from .utils.after_response import deferring
from .utils.sent_forms import set_sent_cookie

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


class PortalMiddleware:
    """Replace Django's and the site's error pages for requests to the portal, and tell browsers
    which forms have arrived. It belongs above ``CsrfViewMiddleware``.

    Exceptions are logged and reported by Django as usual: only the page is another one.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.csrf_check = _CsrfCheck(get_response)
        self.site_check = CsrfViewMiddleware(get_response)

    def __call__(self, request):
        request.portal_scope = OUTSIDE
        try:
            with deferring(request):
                response = self.get_response(request)
        finally:
            leave_scope(request)
            remembering.end()
        if _needs_page(request, response):
            _replace(request, response)
        set_sent_cookie(request, response)
        return response

    def process_view(self, request, view, args, kwargs):
        """Check the CSRF token of a form of the portal, before Django does, and refuse what would
        write in read-only mode."""
        if _is_page(request) or request.method in SAFE_METHODS:
            # In the admin, other requests change what's remembered.
            remembering.begin()
        if _is_page(request):
            find_route(request, *args, **kwargs)
        if request.method in SAFE_METHODS:
            return _refuse_to_sign_in(request, view)
        routed = view
        if _is_page(request):
            # Wagtail's view uses the same route again.
            routed = _routed_view(AbstractPage.route_for_request(request, *args, **kwargs))
        if _is_in_portal(request):
            check = self.csrf_check
        elif desk.is_desk(request):
            check = self.site_check
        else:
            return None
        skip_unsaved_files(request)
        try:
            refusal = check.process_view(request, view, args, kwargs) or _refuse_unsaved(request)
        except (SuspiciousOperation, MultiPartParserError) as error:
            # The form is read here, and it's too large or broken.
            self.process_exception(request, error)
            raise
        return refusal or _refuse_to_write(request, routed)

    def process_exception(self, request, exception):
        """Remember the exception of a view, of which Django makes a response."""
        if isinstance(exception, ReadOnly):
            return _read_only_page(request)
        if isinstance(exception, Invalid) and desk.is_desk(request):
            # Of an action whose view expects none: something was deleted or changed since it began.
            written = Written.of(request, is_form=True)
            return desk.refusal(request, written, " ".join(exception.messages), status=409)
        context = portal_context(request)
        if isinstance(exception, Http404) and not context.is_routed and _is_page(request):
            former = find_former(request, request.resolver_match.args[0])
            if (moved := redirect_to_former(request, former)) is not None:
                return moved
        context.failure = exception
        return None

    def process_template_response(self, request, response):
        """Say on every page of the desk that nothing can be changed."""
        if read_only_mode.is_on():
            desk.add_banner(request)
        return response


class _CsrfCheck(CsrfViewMiddleware):
    """Django's check, with a page that holds what was written."""

    def _reject(self, request, reason):
        # Django calls the site's view and logs the failure.
        response = super()._reject(request, reason)
        # Browsers say which site a form comes from. One of another site isn't even shown.
        says_origin = "Origin" in request.headers
        is_own = says_origin and self._origin_verified(request)
        written = Written.of(request, can_be_sent=is_own) if is_own or not says_origin else None
        _set_page(response, error_page(request, CSRF, written=written))
        return response


def _routed_view(route):
    """Return the view of the portal that a page was routed to; None for other pages."""
    return routed_view(next(iter(route.args), None)) if route else None


def _is_page(request) -> bool:
    """Return whether the request is for a page of the site, by its path in the page tree."""
    return request.resolver_match.url_name == "wagtail_serve"


def _refuse_to_sign_in(request, view):
    """Return the page for someone who'd sign in, which writes; None for everyone else."""
    signs_in = getattr(view, "is_protected", False) and not request.user.is_authenticated
    return _refuse_to_write(request, view) if signs_in else None


def _refuse_to_write(request, view):
    """Return the page for a request that would write in read-only mode; None for all others."""
    found = (view, getattr(view, "view_class", None))
    is_allowed = any(getattr(one, "is_allowed_when_read_only", False) for one in found)
    return _read_only_page(request) if read_only_mode.is_on() and not is_allowed else None


def _refuse_unsaved(request):
    """Return the page for a form with a file that couldn't be stored; None for all others."""
    # Files are stored while the form is read.
    has_files = request.content_type == "multipart/form-data" and request.FILES is not None
    if not (has_files and portal_context(request).unsaved_files):
        return None
    if _is_in_portal(request):
        return error_page(request, UNSAVED)
    return desk.refusal(request, Written.of(request, is_form=True), TEXTS[UNSAVED][1])


def _read_only_page(request):
    if _is_in_portal(request) or not desk.is_admin(request):
        response = error_page(request, READ_ONLY_MODE)
    else:
        # Other forms of the admin may hold passwords.
        written = Written.of(request, is_form=True) if desk.is_desk(request) else None
        response = desk.refusal(request, written)
    # Django would log it as an error, and send an email to the admins.
    response._has_been_logged = True
    return response


def _is_in_portal(request) -> bool:
    match = request.resolver_match
    if match is None:
        # No URL pattern fits, as when a full stop follows a link.
        site = Site.find_for_request(request)
        home = find_home(site) if site else None
        return home is not None and request.path.startswith(home.get_url(request))
    return portal_context(request).is_routed or getattr(match.func, "is_portal_view", False)


def _needs_page(request, response) -> bool:
    """Return whether a response was made by Django or the site, because something failed in the
    portal."""
    status = response.status_code
    if status < 400 or response.streaming:
        return False
    failed = portal_context(request).failure is not None
    unknown = status == 404 and request.resolver_match is None
    bare = status in (405, 429) and response["Content-Type"].startswith("text/html")
    if not (failed or unknown or bare):
        return False
    # Developers need the traceback.
    is_traceback = settings.DEBUG and status == 500
    return not is_traceback and _is_in_portal(request)


def _replace(request, response) -> None:
    error = portal_context(request).failure
    if isinstance(error, TOO_LARGE):
        response.status_code = 413
    _set_page(response, error_page(request, response.status_code, error))


def _set_page(response, page) -> None:
    """Put a page into a response, which keeps its status and what Django noted about logging it."""
    response.content = page.content
    for name in ("Content-Type", "Content-Language"):
        if page.has_header(name):
            response[name] = page[name]
    for name in ("Content-Length", "Content-Encoding", "ETag", "Last-Modified"):
        del response[name]
    add_never_cache_headers(response)


#: What's compressed. Files are sent as they are: most are compressed already, and browsers ask for
#: ranges of them.
COMPRESSED = ("text/html", "application/json")


class CompressionMiddleware(GZipMiddleware):
    """Compresses pages for browsers that accept it.

    The length of a compressed page can reveal what it contains to someone who can make the browser
    request it with a guess (BREACH). So Django adds a random number of bytes to each page, and
    every page contains the CSRF token in another disguise. Codes for signing in are never on a
    page.
    """

    def process_response(self, request, response):
        content_type = response.get("Content-Type", "").partition(";")[0]
        is_page = response.status_code != 206 and content_type in COMPRESSED
        if response.streaming or not is_page:
            return response
        return super().process_response(request, response)
