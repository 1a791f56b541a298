"""Give back what was typed for a form or ticket that is gone."""

from django.shortcuts import render

from wagtail_portal.fields.form import TicketRequestForm
from wagtail_portal.models import Member
from wagtail_portal.utils import markup

from .context import portal_context

#: Name of a hidden field in every ticket form, by which one is recognized when its page is gone.
FORM_MARK = "submission_key"


def form_gone(
    request, page, member: Member | None, form: TicketRequestForm | None = None, *, entries=None
):
    """Give back what was typed into a form that is gone, and say what to do next.

    :param member: None for a visitor, who is told of the forms for anyone alone.
    :param entries: what was typed, where it does not come with this request.
    """
    if form is not None:
        entries = form.entered()
    elif entries is None:
        entries = [
            {"label": "", "value": value}
            for key, values in request.POST.lists()
            for value in values
            if key not in (FORM_MARK, "source", "csrfmiddlewaretoken") and markup.clean(value)
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


def ticket_gone(request, page):
    """Give back a reply to a ticket that its author can't see, whether it is hidden or deleted:
    both get the same response."""
    context = {
        "page": page,
        "body": markup.clean(request.POST["body"]),
        "home_url": page.get_url(request),
    }
    return render(request, "wagtail_portal/ticket/deleted.html", context, status=404)
