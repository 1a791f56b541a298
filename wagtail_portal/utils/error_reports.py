"""Keep secrets, codes and email addresses out of error reports.

Django's reports for admins show the variables of every function on the way to an exception, also
those of libraries, which can't be marked as sensitive one by one. Views that handle secrets are
reported without any values instead.
"""

import re
import sys
from functools import wraps

from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.views.debug import SafeExceptionReporterFilter, get_default_exception_reporter_filter

#: What reports show of the headers and the environment of a request.
SHOWN = {
    *("CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_ACCEPT_LANGUAGE", "HTTP_HOST", "HTTP_USER_AGENT"),
    *("PATH_INFO", "REMOTE_ADDR", "REQUEST_METHOD", "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT"),
}
_ADDRESS = re.compile(r"[^\s@\"'(<=:]+@[^\s@\"')>,;]+")
HIDDEN = SafeExceptionReporterFilter.cleansed_substitute


class PrivateReportFilter(SafeExceptionReporterFilter):
    """Show where an exception was raised, but no values."""

    def get_safe_settings(self):
        return get_default_exception_reporter_filter().get_safe_settings()

    def get_safe_request_meta(self, request):
        if not self.is_active(request):
            return super().get_safe_request_meta(request)
        _strip(request)
        found = super().get_safe_request_meta(request)
        return {name: value for name, value in found.items() if name in SHOWN}

    def get_safe_cookies(self, request):
        if not self.is_active(request):
            return super().get_safe_cookies(request)
        return dict.fromkeys(request.COOKIES, HIDDEN)

    def get_post_parameters(self, request):
        if not self.is_active(request):
            return super().get_post_parameters(request)
        return dict.fromkeys(request.POST, HIDDEN)

    def get_traceback_frame_variables(self, request, tb_frame):
        if not self.is_active(request):
            return super().get_traceback_frame_variables(request, tb_frame)
        _strip(request)
        return [(name, HIDDEN) for name in tb_frame.f_locals]


def private_reports(view):
    """Let error reports about a view show no values."""

    @wraps(view)
    def wrapper(request, *args, **kwargs):
        request.exception_reporter_filter = PrivateReportFilter()
        return view(request, *args, **kwargs)

    return wrapper


def _strip(request) -> None:
    """Remove what a report shows without asking the filter: the query string, the name of the user,
    often an email address, and email addresses in the messages of exceptions. The response is an
    error page by then."""
    request.GET = QueryDict()
    request.META["QUERY_STRING"] = ""
    request.user = AnonymousUser()
    _strip_messages(sys.exception())


def _strip_messages(error: BaseException | None) -> None:
    """Remove email addresses from the messages of an exception and of those that led to it, such
    as that of PostgreSQL about a value that exists already."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        error.args = tuple(_without_address(value) for value in error.args)
        # What engines with debugging say about an error in a template.
        if in_template := getattr(error, "template_debug", None):
            in_template["message"] = _without_address(in_template["message"])
        error = error.__cause__ or error.__context__


def _without_address(value):
    return _ADDRESS.sub(HIDDEN, value) if isinstance(value, str) else value
