"""Pages where visitors verify their email address and learn that their request has arrived."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext_lazy

from wagtail_portal import conf
from wagtail_portal.actions import confirm_request, request_code
from wagtail_portal.exceptions import ActionError, Invalid, RateLimited
from wagtail_portal.models import PortalSettings
from wagtail_portal.pages.access import open_to_visitors
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.forms import error_message
from wagtail_portal.signin.browsers import client_of, known_browser
from wagtail_portal.utils import markup

from .anonymous import AnonymousRequest, own_request
from .closed import render_closed
from .wizard import as_query

TOO_MANY_ATTEMPTS = ngettext_lazy(
    "Too many attempts. Try again in %(minutes)d minute.",
    "Too many attempts. Try again in %(minutes)d minutes.",
    "minutes",
)


@open_to_visitors
def visitor_request(request, page, pk):
    """Ask for the code of the visitor's own request, or say what became of it."""
    pending = own_request(request, pk)
    if pending is None or not pending.address:
        raise Http404
    url = page.portal_url(request, "portal_request", pk)
    form_page = pending.form.specific if pending.form else None
    if portal_context(request).is_closed or (pending.ticket is None and not is_open(form_page)):
        return _closed(request, page, pending, form_page)
    if pending.ticket is not None:
        return redirect(url) if request.method == "POST" else _arrived(request, page, pending)
    if request.method != "POST":
        return _ask(request, page, pending)
    browser = known_browser(request, pending.address)
    try:
        if request.POST.get("action") == "resend":
            client = client_of(request)
            request_code(pending, address=pending.address, client=client, browser=browser)
            messages.success(request, gettext("We’ve sent a new code."))
            return redirect(url)
        # No code is longer than that.
        code = markup.clean_line(request.POST.get("code", ""))[:40]
        confirm_request(pending, code=code, browser=browser)
        return AnonymousRequest(form_page, request, pending).complete()
    except (Invalid, RateLimited) as error:
        return _ask(request, page, pending, error_message(error, TOO_MANY_ATTEMPTS))
    except ActionError:
        text = gettext("Your request couldn’t be sent. Send the form again.")
        return _ask(request, page, pending, text)


def is_open(form_page) -> bool:
    """Return whether a form that a visitor has filled in is still there."""
    return form_page is not None and form_page.is_open


def _closed(request, page, pending, form_page):
    """Give back what can't be sent any more."""
    if form_page is None:
        entries = [{"label": "", "value": v} for vs in pending.data.values() for v in vs if v]
    else:
        form = AnonymousRequest(form_page, request, pending).build(as_query(pending.data))
        entries = form.entered()
    return render_closed(request, form_page or page, None, entries=entries)


def _ask(request, page, pending, error: str = ""):
    context = {
        "page": page,
        "address": pending.address,
        "is_proven": pending.proven_at is not None,
        "error": error,
        "errors": [error] if error else [],
        "minutes": conf.VISITOR_CODE_MINUTES,
        "form_url": pending.form.get_url(request) if pending.form else "",
    }
    return render(request, "wagtail_portal/ticket_form/confirm_email.html", context)


def _arrived(request, page, pending):
    ticket = pending.ticket
    if ticket.requester.user == request.user and not ticket.requester.is_visitor:
        return redirect(page.portal_url(request, "portal_ticket", ticket.number))
    form_page = pending.form.specific if pending.form else None
    site = PortalSettings.current(request).site
    context = {
        "page": page,
        "number": ticket.number,
        "address": pending.address,
        "confirmation": form_page.confirmation_text if form_page else "",
        "form_url": form_page.get_url(request) if form_page and form_page.live else "",
        "site_url": site.root_url,
        "site_name": site.site_name or site.hostname,
    }
    return render(request, "wagtail_portal/ticket_form/request_received.html", context)
