"""Helpers for tests of the ticket page."""

import re
import uuid
from datetime import timedelta
from html import unescape

from django.utils import timezone

from wagtail_portal.models import DesignatedField, PortalSettings


def url(ticket, more: str = "") -> str:
    """Return the URL of a ticket or of one of its forms."""
    return f"/support/tickets/{ticket.number}/{more}"


def page(browser, ticket, more: str = "") -> str:
    """Return the HTML of the ticket page."""
    return unescape(browser.get(url(ticket, more)).content.decode())


def events(browser, ticket) -> list[str]:
    """Return the texts of the events between the messages."""
    return re.findall(r'<p class="portal-event"><span>(.*?)</span>', page(browser, ticket))


def settings_of(ticket) -> PortalSettings:
    return PortalSettings.for_site(ticket.site)


def change_settings(ticket, **values) -> None:
    settings = settings_of(ticket)
    for name, value in values.items():
        setattr(settings, name, value)
    settings.save()


def designate(ticket, what, **kwargs) -> DesignatedField:
    """Show a field to customers; ``what`` is a ticket field or the name of a built-in one."""
    key = "builtin" if isinstance(what, str) else "ticket_field"
    return DesignatedField.objects.create(settings=settings_of(ticket), **{key: what}, **kwargs)


def lock(ticket) -> None:
    """Move the closing date back so that the ticket can no longer be reopened."""
    ticket.refresh_from_db()
    ticket.closed_at = timezone.now() - timedelta(days=settings_of(ticket).reopen_days, minutes=1)
    ticket.save()


def send(browser, ticket, more: str, **data):
    """Submit one of the ticket's forms."""
    return browser.post(url(ticket, more), {"submission_key": str(uuid.uuid4()), **data})
