"""Give back what was typed into a page that's gone."""

from functools import partial

from django.http import QueryDict
from django.shortcuts import render

from wagtail_portal.fields.form import TicketRequestForm
from wagtail_portal.fields.submission import SUBMISSION_KEY
from wagtail_portal.models import Member
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import members_only, open_to_visitors
from wagtail_portal.pages.context import portal_context
from wagtail_portal.utils import markup

from .wizard import as_query

#: Name of the question that only visitors are asked.
VISITOR_EMAIL = "visitor-email"
#: The same, for their name.
VISITOR_NAME = "visitor-name"


def is_form(request) -> bool:
    """Return whether a form was sent, or is looked for after signing in."""
    if request.method == "POST":
        return SUBMISSION_KEY in request.POST
    return bool(drafts.load(request, request.path))


def has_text(request) -> bool:
    """Return whether something was sent that someone wrote, such as a reply."""
    posted = request.POST.lists() if request.method == "POST" else ()
    return any(drafts.is_text(name, value) for name, values in posted for value in values)


def closed_form(request, page):
    """Answer a form that was deleted while someone filled it in, or whose portal was closed."""
    typed = request.POST if request.method == "POST" else unsent(request)
    if VISITOR_EMAIL in typed and portal_context(request).member is None:
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
        entries = unlabelled(request.POST if request.method == "POST" else unsent(request))
    portal = portal_context(request)
    home = portal.home
    context = {
        "page": page,
        "title": page.title if form is not None else "",
        "entries": entries,
        "forms": [
            {"title": other.title, "url": other.get_url(request)}
            for other in ([] if portal.is_closed else home.ticket_forms(member))
        ],
        "home_url": home.get_url(request) if member and not portal.is_closed else "",
    }
    return render(request, "wagtail_portal/ticket_form/closed.html", context, status=410)


def unsent(request) -> QueryDict:
    """Return what was typed here before signing in, as a browser sends it."""
    return as_query(drafts.load(request, request.path))


def unlabelled(data: QueryDict) -> list[dict]:
    """Return what was typed as entries, without the questions of its form."""
    hidden = (SUBMISSION_KEY, "source", "csrfmiddlewaretoken")
    return [
        {"label": "", "value": value}
        for key, values in data.lists()
        for value in values
        if key not in hidden and not key.endswith("-kept") and markup.clean(value)
    ]
