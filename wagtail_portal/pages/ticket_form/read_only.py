"""Tell members whose role can't open tickets, before they fill in a form."""

from django.shortcuts import render

from wagtail_portal.fields.form import TicketRequestForm
from wagtail_portal.models import Member
from wagtail_portal.pages.context import portal_context
from wagtail_portal.permissions import Actor, Verb


def cannot_open_tickets(request, page, member: Member, form: TicketRequestForm | None = None):
    """Say why there's no form, and give back what was typed into one elsewhere: in another page
    that embeds it, or before signing in.

    :param form: with what was typed.
    """
    context = portal_context(request)
    others = [row for row in context.memberships if row != member]
    can_switch = any(Actor.for_member(row).may(Verb.OPEN) for row in others)
    home = context.home
    data = {
        "page": page,
        "entries": form.entered() if form is not None else [],
        "home_url": home.get_url(request),
        "switch_url": home.portal_url(request, "portal_organization") if can_switch else "",
    }
    return render(request, "wagtail_portal/ticket_form/read_only.html", data)
