"""What becomes of a notification whose agent has left the team before the email was sent."""

from wagtail_portal.events import get_event
from wagtail_portal.models import Notification, PortalSettings

from .agents import can_be_reached
from .recipients import assignee_or_group, may_receive


def notify_mailbox_instead(notification: Notification) -> None:
    """Notify the team's mailbox of what a customer did, unless someone else was notified of it or
    has taken over the ticket. The outbox sends the email."""
    ticket, event = notification.ticket, get_event(notification.event)
    if not notification.to_team or notification.recipient is None or notification.by_team:
        return
    if ticket is None or assignee_or_group not in event.recipients:
        return
    if ticket.assignee is not None and can_be_reached(ticket.assignee, ticket):
        return
    address = PortalSettings.for_site(notification.site).team_address
    same = Notification.objects.filter(batch=notification.batch, event=event.key, to_team=True)
    others = same.exclude(pk=notification.pk).select_related("recipient")
    if not address or any(row.recipient is None or may_receive(row) for row in others):
        return
    Notification.objects.create(
        event=event.key,
        email=address,
        to_team=True,
        site=notification.site,
        ticket=ticket,
        message=notification.message,
        actor=notification.actor,
        data=notification.data,
        batch=notification.batch,
    )
