"""Tell the people in charge of the site that something needs attention."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from wagtail.models import Site

from wagtail_portal import signals
from wagtail_portal.health import check_health
from wagtail_portal.models import Alert
from wagtail_portal.permissions import Actor

logger = logging.getLogger(__name__)

#: How long no one is told of the same kind of problem again.
PAUSE = timedelta(days=1)


def send_alerts(*, most: int) -> int:
    """Log what needs attention and email it to the people in charge, each kind of problem at most
    once a day, and return how many there were.

    :param most: how many to report now.
    """
    now = timezone.now()
    with translation.override(settings.LANGUAGE_CODE):
        problems = [row for row in check_health(now=now) if not row.is_ok][:most]
    with transaction.atomic():
        new = [row for row in problems if Alert.objects.begin(row.key, now=now, pause=PAUSE)]
        # An email about emails that can't be sent wouldn't be sent.
        texts = [[str(row.label), row.detail] for row in new if row.key != "emails"]
        site = Site.objects.order_by("-is_default_site", "pk").first()
        if texts and site is not None:
            signals.problems_found.send(
                sender=Alert, site=site, problems=texts, by=Actor.system(), notify=True
            )
    for row in new:
        logger.error("Needs attention: %s. %s", row.key, row.detail)
    return len(new)
