"""Give back what was typed into a form that is gone."""

from functools import partial

from django.shortcuts import render

from wagtail_portal.fields.form import TicketRequestForm
from wagtail_portal.fields.submission import SUBMISSION_KEY
from wagtail_portal.models import Member
from wagtail_portal.pages.access import members_only, open_to_visitors
from wagtail_portal.pages.context import portal_context
from wagtail_portal.utils import markup

#: Name of the question that only visitors are asked.
VISITOR_EMAIL = "visitor-email"


def closed_form(request, page):
    """Answer a form that was deleted or moved while someone filled it in."""
    if VISITOR_EMAIL in request.POST and portal_context(request).member is None:
        return open_to_visitors(partial(render_closed, member=None))(request, page)
    return members_only(render_closed)(request, page)


def render_closed(
    request, page, member: Member | None, form: TicketRequestForm | None = None, *, entries=None
):
    """Show what was typed into a form that is gone, and what to do next.

    :param member: None for a visitor, who only sees links to forms that anyone can send.
    :param entries: what was typed, if it didn't come with this request.
    """
    if form is not None:
        entries = form.entered()
    elif entries is None:
        entries = [
            {"label": "", "value": value}
            for key, values in request.POST.lists()
            for value in values
            if key not in (SUBMISSION_KEY, "source", "csrfmiddlewaretoken") and markup.clean(value)
        ]
    home = portal_context(request).home
    context = {
        "page": page,
        "title": page.title if form is not None else "",
        "entries": entries,
        "forms": [
            {"title": other.title, "url": other.get_url(request)}
            for other in home.ticket_forms(member)
        ],
        "home_url": home.get_url(request) if member else "",
    }
    return render(request, "wagtail_portal/ticket_form/closed.html", context, status=410)
