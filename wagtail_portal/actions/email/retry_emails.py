"""Mails that were not delivered are sent again, by hand."""

from django.db import transaction
from django.utils import timezone

from wagtail_portal import signals
from wagtail_portal.models import RETRY_PERIOD, Delivery, Notification
from wagtail_portal.permissions import Verb


def retry_emails(mails, *, by, at=None) -> int:
    """Send mails now that failed, or were given up; says how many.

    Those with a code stay as they are: the code is gone.

    :param mails: a queryset of notifications.
    :raises NotAllowed: unless ``by`` may.
    """
    by.require(Verb.RETRY_MAIL)
    at = at or timezone.now()
    failed = mails.without_codes().filter(state__in=[Delivery.DUE, Delivery.GIVEN_UP])
    keys = list(failed.values_list("pk", flat=True))
    with transaction.atomic():
        # Not those that a process is sending at this very moment.
        retried = Notification.objects.filter(pk__in=keys, claim=None)
        number = retried.update(state=Delivery.DUE, due_at=at, give_up_at=at + RETRY_PERIOD)
        signals.emails_retried.send(sender=Notification, mails=keys, by=by, notify=True)
    return number
