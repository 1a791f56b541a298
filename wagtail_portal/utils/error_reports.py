"""Keep secrets, codes and email addresses out of error reports.

Django's reports for admins show the variables of every function on the way to an exception, also
those of libraries, which can't be marked as sensitive one by one. Customers' pages and sign-in are
reported without any values instead. :class:`PrivateReportFilter` can also be the site's
``DEFAULT_EXCEPTION_REPORTER_FILTER``, so that the same holds for the Wagtail admin.
"""

import sys
from functools import wraps

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.views.debug import SafeExceptionReporterFilter, get_default_exception_reporter_filter

from wagtail_portal.logs import safe_message, scrub

#: What reports show of the headers and the environment of a request.
SHOWN = {
    *("CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_ACCEPT_LANGUAGE", "HTTP_HOST", "HTTP_USER_AGENT"),
    *("PATH_INFO", "REMOTE_ADDR", "REQUEST_METHOD", "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT"),
}
HIDDEN = SafeExceptionReporterFilter.cleansed_substitute


class PrivateReportFilter(SafeExceptionReporterFilter):
    """Show where an exception was raised, but no values."""

    def get_safe_settings(self):
        default = get_default_exception_reporter_filter()
        if isinstance(default, PrivateReportFilter):
            return super().get_safe_settings()
        return default.get_safe_settings()

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
    """Remove what a report shows without asking the filter: the query string, tokens in the path,
    the name of the user, often an email address, and what exceptions quote. The response is an
    error page by then."""
    request.GET = QueryDict()
    request.META["QUERY_STRING"] = ""
    request.path = request.path_info = request.META["PATH_INFO"] = scrub(request.path)
    request.user = AnonymousUser()
    _strip_messages(sys.exception())


def _strip_messages(error: BaseException | None) -> None:
    """Remove what an exception, and those that led to it, quote: such as the value that PostgreSQL
    says exists already."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, ValidationError):
            vars(error).pop("error_dict", None)
            vars(error).update(message=HIDDEN, params=None, error_list=[error])
        else:
            error.args = (safe_message(error),)
        # What engines with debugging say about an error in a template.
        if in_template := getattr(error, "template_debug", None):
            in_template["message"] = safe_message(error)
        error = error.__cause__ or error.__context__
