"""Retry emails that weren't delivered."""

from django.db import transaction
from django.utils import timezone

from wagtail_portal import signals
from wagtail_portal.models import RETRY_PERIOD, Delivery, Notification
from wagtail_portal.permissions import Verb


def retry_emails(mails, *, by, at=None) -> int:
    """Send undelivered emails now, and return how many.

    Emails with a code aren't retried, because the code isn't stored.

    :param mails: a queryset of notifications.
    :raises NotAllowed: unless ``by`` may retry emails.
    """
    by.require(Verb.RETRY_MAIL)
    at = at or timezone.now()
    failed = mails.without_codes().filter(state__in=[Delivery.DUE, Delivery.GIVEN_UP])
    keys = list(failed.values_list("pk", flat=True))
    with transaction.atomic():
        # Except those that a process is sending at this very moment.
        retried = Notification.objects.filter(pk__in=keys, claim=None)
        number = retried.update(state=Delivery.DUE, due_at=at, give_up_at=at + RETRY_PERIOD)
        signals.emails_retried.send(sender=Notification, mails=keys, by=by, notify=True)
    return number
