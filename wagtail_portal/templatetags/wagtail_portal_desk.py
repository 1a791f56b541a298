"""What the templates of the Wagtail admin ask of the desk."""

from django import template
from django.utils.translation import gettext_lazy as _

from wagtail_portal.desk.tickets.urls import NAMESPACE

register = template.Library()

#: What it does, and the keys. Keys are not translated, as in Wagtail.
SHORTCUTS = [
    (_("Write a reply"), "r"),
    (_("Write an internal note"), "n"),
    (_("Assign to me"), "a"),
    (_("Send message"), "Ctrl + Enter"),
]


@register.inclusion_tag("wagtail_portal/desk/shortcuts.html", takes_context=True)
def ticket_shortcuts(context):
    """The keyboard shortcuts of the screen of a ticket, for Wagtail's dialog; nothing elsewhere."""
    # Wagtail renders its dialog without the variable, but not without the request.
    request = getattr(context, "request", None)
    match = getattr(request, "resolver_match", None)
    is_screen = match and NAMESPACE in match.namespaces and "pk" in match.kwargs
    return {"shortcuts": SHORTCUTS if is_screen else []}
