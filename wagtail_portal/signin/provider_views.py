"""What allauth's views of providers fail at."""

from functools import wraps
from importlib.util import find_spec

from allauth.socialaccount.adapter import get_adapter
from django.http import Http404

from wagtail_portal.utils.text import is_storable

from .refusals import Refused, refuse

# Not every kind of provider needs it.
if find_spec("requests"):
    from requests import ConnectionError, RequestException, Timeout

    UNREACHABLE = (ConnectionError, Timeout)
else:
    RequestException = UNREACHABLE = ()  # type: ignore[misc, assignment]


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
            return view(request, *args, **kwargs)
        except RequestException as error:
            found = kwargs.get("provider_id", request.resolver_match.url_name.partition("_")[0])
            name = get_adapter().get_provider(request, found).name
            reason = "unreachable" if isinstance(error, UNREACHABLE) else "provider"
            problem = Refused(reason, f"{type(error).__name__} {error}"[:300])
            return refuse(request, problem, provider=name)

    wrapped.is_guarded = True
    return wrapped
