"""The page with the demo's emails: a list, an email, and its HTML in a frame."""

from functools import wraps

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin

from . import mailbox

#: An email can only use its own inline styles; its links open in a new tab.
_FRAME_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)


def _development_only(view):
    """Make the view respond with a 404 if ``DEBUG`` is off, whatever is installed."""

    @never_cache
    @wraps(view)
    def wrapped(request, *args, **kwargs):
        if not settings.DEBUG:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapped


def _get_or_404(key: str) -> mailbox.Email:
    if email := mailbox.get(key):
        return email
    raise Http404("There is no such email.")


@_development_only
def emails(request):
    """List the latest emails with their sign-in codes, newest first."""
    return render(request, "devmail/list.html", {"emails": mailbox.latest()})


@_development_only
def email(request, key):
    """Show an email: headers, HTML as an email program would show it, and text."""
    return render(request, "devmail/email.html", {"email": _get_or_404(key)})


@_development_only
@xframe_options_sameorigin
def html(request, key):
    """Return an email's HTML for display in a sandboxed frame."""
    # Links would otherwise open inside the frame.
    content = f'<base target="_blank">{_get_or_404(key).html}'
    return HttpResponse(content, headers={"Content-Security-Policy": _FRAME_POLICY})
