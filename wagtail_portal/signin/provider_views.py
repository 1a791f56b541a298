"""What allauth's views of providers fail at."""

from functools import wraps
from importlib.util import find_spec
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode

from allauth.socialaccount.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse

from wagtail_portal.portal_urls import SIGN_IN
from wagtail_portal.utils.text import is_storable

from .refusals import Refused, refuse

# SAML's library reads metadata without it.
UNREACHABLE: tuple[type[Exception], ...] = (URLError, TimeoutError)
# lxml's error for what isn't XML is a SyntaxError.
FAILED: tuple[type[Exception], ...] = (*UNREACHABLE, SyntaxError)
# Not every kind of provider needs it.
if find_spec("requests"):
    from requests import ConnectionError, RequestException, Timeout

    UNREACHABLE = (*UNREACHABLE, ConnectionError, Timeout)
    FAILED = (*FAILED, RequestException)


def guarded(view):
    """Find no provider whose ID no database can store, and show the page for refused sign-ins if a
    provider can't be reached or answers with an error. allauth expects that only in its answers.

    allauth's URL patterns can be included a second time; no view is guarded twice.

    :param view: a view of a provider.
    """
    if getattr(view, "is_guarded", False):
        return view

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        if not all(is_storable(str(value)) for value in kwargs.values()):
            raise Http404
        try:
            response = view(request, *args, **kwargs)
        except FAILED as error:
            is_unreachable = isinstance(error, UNREACHABLE) and not isinstance(error, HTTPError)
            reason = "unreachable" if is_unreachable else "provider"
            problem = Refused(reason, f"{type(error).__name__} {error}"[:300])
            return refuse(request, problem, provider=_name(request, kwargs))
        except PermissionDenied:
            if "organization_slug" not in kwargs:
                raise
            # How allauth's views of SAML refuse it. Those of other providers ask the adapter.
            problem = Refused("provider", "The response doesn’t match a request.")
            return refuse(request, problem, provider=_name(request, kwargs))
        is_login = request.resolver_match.url_name.endswith("_login")
        if request.method == "GET" and is_login and response.status_code == 200:
            # allauth asks for a click on a page of the site. The sign-in page has the same button.
            wanted = {"with": "code", "next": request.GET.get("next", "")}
            query = urlencode({name: value for name, value in wanted.items() if value})
            return HttpResponseRedirect(f"{reverse(SIGN_IN)}?{query}")
        return response

    wrapped.is_guarded = True
    return wrapped


def _name(request, kwargs: dict) -> str:
    """Return the name of the provider to which a view belongs."""
    if slug := kwargs.get("organization_slug"):
        app = get_adapter().get_app(request, provider="saml", client_id=slug)
        return app.get_provider(request).name
    found = kwargs.get("provider_id", request.resolver_match.url_name.partition("_")[0])
    return get_adapter().get_provider(request, found).name
