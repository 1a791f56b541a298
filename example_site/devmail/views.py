"""The page with the demo's mails: a list, one mail, and its HTML in a frame of its own."""

from functools import wraps

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin

from . import mailbox

#: A mail may show its own styles and nothing else; its links open in a tab of their own.
_FRAME_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)


def _development_only(view):
    """As though the address did not exist where ``DEBUG`` is off, whatever is installed."""

    @never_cache
    @wraps(view)
    def wrapped(request, *args, **kwargs):
        if not settings.DEBUG:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapped


def _get_or_404(key: str) -> mailbox.Mail:
    if mail := mailbox.get(key):
        return mail
    raise Http404("There is no such mail.")


@_development_only
def mails(request):
    """The last mails, newest first, with their sign-in codes."""
    return render(request, "devmail/list.html", {"mails": mailbox.latest()})


@_development_only
def mail(request, key):
    """One mail: its head, its HTML as a mail program would show it, and its text."""
    return render(request, "devmail/mail.html", {"mail": _get_or_404(key)})


@_development_only
@xframe_options_sameorigin
def html(request, key):
    """The HTML of a mail, to be shown in a frame that may do nothing."""
    # Links would otherwise open inside the frame.
    content = f'<base target="_blank">{_get_or_404(key).html}'
    return HttpResponse(content, headers={"Content-Security-Policy": _FRAME_POLICY})
