"""Retry emails that weren't delivered."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from wagtail_portal import signals
from wagtail_portal.actions._locks import lock_rows, reload_actor
from wagtail_portal.models import RETRY_PERIOD, Delivery, Notification
from wagtail_portal.permissions import Actor, Verb


def retry_emails(notifications: Any, *, by: Actor, at: datetime | None = None) -> int:
    """Send undelivered emails now, and return how many. Those with a code can't be sent again.

    :param notifications: a queryset.
    :raises NotAllowed: unless ``by`` may.
    """
    by.require(Verb.RETRY_EMAIL)
    at = at or timezone.now()
    failed = notifications.without_secrets().filter(state__in=[Delivery.DUE, Delivery.FAILED])
    keys = list(failed.values_list("pk", flat=True))
    with transaction.atomic():
        # Not those that a process is sending right now.
        retried = lock_rows(Notification.objects.filter(pk__in=keys, claim=None))
        reload_actor(by)
        by.require(Verb.RETRY_EMAIL)
        number = Notification.objects.filter(pk__in=retried).update(
            state=Delivery.DUE, due_at=at, retry_until=at + RETRY_PERIOD
        )
        signals.emails_retried.send(sender=Notification, notifications=keys, by=by, notify=True)
    return number
