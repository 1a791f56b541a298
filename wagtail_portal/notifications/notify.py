"""Write notifications into the outbox, in the transaction of the action that caused the event."""

import uuid
from dataclasses import fields
from datetime import datetime
from typing import Any, cast

from django.utils import timezone, translation

from wagtail_portal.events import Event, Frequency, add_event, get_event
from wagtail_portal.models import RETRY_PERIOD, Delivery, Notification, Ticket, next_digest
from wagtail_portal.permissions import Actor
from wagtail_portal.utils import held_tickets
from wagtail_portal.utils.encryption import encrypt
from wagtail_portal.utils.held_emails import current_hold

from .recipients import Occasion, recipients_of
from .tasks import send_later, send_soon

#: The arguments of signals that are passed on to ``notify_event``.
ARGUMENTS = {"message", "data", *(field.name for field in fields(Occasion))} - {"event"}


def register_event(event: Event) -> None:
    """Add an event to the registry and connect it to its signal. Call it in ``AppConfig.ready``.

    A signal with ``notify=False`` notifies no one, as in imports.

    :raises ValueError: if there's another event with that key, or the key is too long.
    """

    def receive(notify: bool = True, **kwargs: Any) -> None:
        if notify and event.receiver is not None:
            event.receiver(**kwargs)
        elif notify:
            notify_event(event.key, **{key: kwargs[key] for key in ARGUMENTS & kwargs.keys()})

    add_event(event)
    if event.signal is not None:
        uid = f"wagtail_portal.events.{event.key}"
        event.signal.connect(receive, weak=False, dispatch_uid=uid)


def notify_event(
    key: str,
    *,
    by: Actor,
    ticket: Ticket | None = None,
    site: Any = None,
    message: Any = None,
    data: Any = None,
    **occasion: Any,
) -> None:
    """Notify everyone that the event's rules name. The emails follow once the transaction commits.

    :param by: who caused the event. They aren't notified.
    :param ticket: what the event is about; without it, ``site`` says which portal announces it.
    :param message: the message that the email shows.
    :param data: details of the event for its email: plain values that can be stored as JSON.
    :param occasion: whatever else the rules need: see
        :class:`~wagtail_portal.notifications.recipients.Occasion`.
    """
    event = get_event(key)
    site = site or cast(Ticket, ticket).site
    now, hold = timezone.now(), current_hold()
    batch, due_at = (hold.batch, max(now, hold.until)) if hold else (uuid.uuid4(), now)
    rows = []
    for recipient in recipients_of(Occasion(event, by, site, ticket=ticket, **occasion)):
        waits = recipient.frequency == Frequency.DAILY
        rows.append(
            Notification(
                event=key,
                recipient=recipient.user,
                member=recipient.member,
                email=recipient.email,
                to_team=recipient.to_team,
                site=site,
                ticket=ticket,
                message=message if event.shows_message else None,
                actor=by.user,
                by_team=by.is_team,
                data=data or {},
                batch=batch,
                created_at=now,
                language=recipient.language,
                state=Delivery.DIGEST if waits else Delivery.DUE,
                due_at=next_digest(now, recipient.time_zone) if waits else due_at,
                retry_until=now + RETRY_PERIOD,
            )
        )
    if rows:
        if not held_tickets.create_later(rows):
            Notification.objects.bulk_create(rows)
        if due_at > now:
            send_later(batch, due_at - now)
        else:
            send_soon(batch)


def write_secret(
    key: str,
    site: Any,
    email: str,
    expires_at: datetime,
    *,
    invitation: Any = None,
    data: Any = None,
    **secret: Any,
) -> Notification:
    """Write an email with a secret into the outbox and return it.

    :param data: what isn't secret.
    :param expires_at: when the secret expires. The email isn't sent later than that.
    :param secret: ``template``, ``context`` and anything else to encrypt until it's sent.
    """
    return Notification.objects.create(
        event=key,
        site=site,
        email=email,
        invitation=invitation,
        data=data or {},
        encrypted=encrypt(secret),
        language=translation.get_language() or "",
        retry_until=expires_at,
    )
