"""Template tags of the Wagtail admin."""

from django import template
from django.utils.translation import gettext_lazy as _

from wagtail_portal.desk.tickets.urls import NAMESPACE

register = template.Library()

#: Actions and their keys, which aren't translated, as in Wagtail.
SHORTCUTS = [
    (_("Write a reply"), "r"),
    (_("Write an internal note"), "i"),
    (_("Saved replies"), "."),
    (_("Assign to me"), "a"),
    (_("Go to the status"), "s"),
    (_("Snooze"), "z"),
    (_("Go to the urgency"), "u"),
    (_("Next ticket of the list"), "n"),
    (_("Previous ticket of the list"), "p"),
    (_("Back to the list"), "l"),
    (_("Send message"), "Ctrl + Enter"),
]


@register.inclusion_tag("wagtail_portal/desk/shortcuts.html", takes_context=True)
def ticket_shortcuts(context):
    """Add the shortcuts of a ticket's screen to Wagtail's dialog."""
    request = getattr(context, "request", None)
    match = getattr(request, "resolver_match", None)
    is_ticket = match and NAMESPACE in match.namespaces and "pk" in match.kwargs
    return {"shortcuts": SHORTCUTS if is_ticket else []}
