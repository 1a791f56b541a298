"""What tests of a ticket's page have in common."""

import re
import uuid
from datetime import timedelta
from html import unescape

from django.utils import timezone

from wagtail_portal.models import DesignatedField, PortalSettings


def url(ticket, more: str = "") -> str:
    """The address of a ticket, or of one of its forms."""
    return f"/support/tickets/{ticket.number}/{more}"


def page(browser, ticket, more: str = "") -> str:
    """The ticket's page."""
    return unescape(browser.get(url(ticket, more)).content.decode())


def events(browser, ticket) -> list[str]:
    """The lines of what happened between the messages."""
    return re.findall(r'<p class="portal-event"><span>(.*?)</span>', page(browser, ticket))


def settings_of(ticket) -> PortalSettings:
    return PortalSettings.for_site(ticket.site)


def change_settings(ticket, **values) -> None:
    settings = settings_of(ticket)
    for name, value in values.items():
        setattr(settings, name, value)
    settings.save()


def designate(ticket, what, **kwargs) -> DesignatedField:
    """Let customers see a field; ``what`` is a ticket field, or the name of a built-in one."""
    key = "builtin" if isinstance(what, str) else "ticket_field"
    return DesignatedField.objects.create(settings=settings_of(ticket), **{key: what}, **kwargs)


def lock(ticket) -> None:
    """Let the time in which the closed ticket can be reopened pass."""
    ticket.refresh_from_db()
    ticket.closed_at = timezone.now() - timedelta(days=settings_of(ticket).reopen_days, minutes=1)
    ticket.save()


def send(browser, ticket, more: str, **data):
    """Post one of the forms."""
    return browser.post(url(ticket, more), {"submission_key": str(uuid.uuid4()), **data})
