"""What a single button does to a ticket, and the redirect afterwards."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext

from wagtail_portal import actions
from wagtail_portal.exceptions import ActionError
from wagtail_portal.models import Ticket
from wagtail_portal.pages.errors import in_words


def perform(request, ticket: Ticket, by, act) -> None:
    """Call ``act(ticket, by)`` and show the message it returns, or why it was refused."""
    try:
        words = act(ticket, by)
    except ActionError as error:
        messages.error(request, in_words(error))
    else:
        if words:
            messages.success(request, words)


def mark_as_solved(ticket: Ticket, by) -> str:
    """Close the ticket and return the message for the customer."""
    actions.close_ticket(ticket, by=by)
    return gettext("The ticket was marked as solved.")


def back_to_ticket(request, page, member, ticket, url):
    """Redirect to a URL of the ticket, or home if the member can no longer see it, as happens
    when they stop following it."""
    if Ticket.objects.visible_to(member).filter(pk=ticket.pk).exists():
        return redirect(url)
    return redirect(page.get_url(request))
