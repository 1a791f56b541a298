"""Helpers for tests of the ticket list."""

from datetime import timedelta

from django.utils import timezone

from wagtail_portal.models import DesignatedField, PortalSettings


def numbers(response) -> list[int]:
    """Return the numbers of the tickets shown, in order."""
    return [row.ticket.number for row in response.context["rows"]]


def months_ago(months):
    return timezone.now() - timedelta(days=months * 30.5)


def designate(home, *fields, **uses):
    """Show fields to customers: keys of built-in ones or ticket fields, in this order."""
    settings = PortalSettings.for_site(home.get_site())
    settings.save()
    start = settings.designated_fields.count()
    for order, field in enumerate(fields, start):
        which = {"builtin": field} if isinstance(field, str) else {"ticket_field": field}
        DesignatedField.objects.create(settings=settings, sort_order=order, **which, **uses)
    return settings


def active_filters(response) -> list[str]:
    """Return the active filters as shown above the list."""
    return [f"{row.label}: {row.value}" for row in response.context["list"].active_filters]
