"""Where visitors prove their address, and read that their request has arrived."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from wagtail.contrib.routable_page.models import path

from wagtail_portal import conf, gate
from wagtail_portal.actions import confirm_request, request_code
from wagtail_portal.exceptions import ActionError, Invalid, RateLimited
from wagtail_portal.pages.form_closed import form_gone
from wagtail_portal.utils import markup

from .anonymous import Visit, as_query, open_to_visitors, own_request


class RequestRoutesMixin:
    """What stands under ``requests/``; a part of the portal's main page."""

    @path("requests/<uuid:pk>/", name="portal_request")
    @open_to_visitors
    def visitor_request(self, request, pk):
        """One's own request: the code is typed here, and here it says what became of it."""
        pending = own_request(request, pk)
        if pending is None or not pending.address:
            raise Http404
        url = self.portal_url(request, "portal_request", pk)
        if pending.ticket is not None:
            return redirect(url) if request.method == "POST" else self._arrived(request, pending)
        if request.method != "POST":
            return self._ask(request, pending)
        try:
            if request.POST.get("action") == "resend":
                client = gate.client_of(request)
                request_code(pending, address=pending.address, client=client)
                messages.success(request, gettext("A new code is on its way."))
                return redirect(url)
            # No code is longer; what is typed beyond that is wrong either way.
            confirm_request(pending, code=markup.clean_line(request.POST.get("code", ""))[:40])
            return self._complete(request, pending)
        except ActionError as error:
            return self._ask(request, pending, _words(error))

    def _complete(self, request, pending):
        page = pending.form.specific if pending.form else None
        if page is not None and page.live:
            return Visit(page, request, pending).complete()
        if page is None:
            entries = [{"label": "", "value": v} for vs in pending.data.values() for v in vs if v]
        else:
            form = Visit(page, request, pending).build(as_query(pending.data))
            entries = form.entered()
        return form_gone(request, page or self, None, entries=entries)

    def _ask(self, request, pending, error: str = ""):
        context = {
            "page": self,
            "address": pending.address,
            "is_proven": pending.proven_at is not None,
            "error": error,
            "errors": [error] if error else [],
            "minutes": conf.VISITOR_CODE_MINUTES,
            "form_url": pending.form.get_url(request) if pending.form else "",
        }
        return render(request, "wagtail_portal/ticket_form/confirm_email.html", context)

    def _arrived(self, request, pending):
        ticket = pending.ticket
        if ticket.requester.user == request.user and not ticket.requester.is_visitor:
            return redirect(self.portal_url(request, "portal_ticket", ticket.number))
        page = pending.form.specific if pending.form else None
        context = {
            "page": self,
            "number": ticket.number,
            "address": pending.address,
            "next_words": page.next_words if page else "",
        }
        return render(request, "wagtail_portal/ticket_form/request_received.html", context)


def _words(error: ActionError) -> str:
    """What went wrong, for beside the code."""
    if isinstance(error, Invalid):
        return " ".join(str(words) for words in error.errors.values())
    if isinstance(error, RateLimited):
        return ngettext(
            "Too many tries. Wait %(minutes)d minute, then try again.",
            "Too many tries. Wait %(minutes)d minutes, then try again.",
            error.minutes,
        ) % {"minutes": error.minutes}
    return gettext("Your request could not be sent. Please send the form again.")
