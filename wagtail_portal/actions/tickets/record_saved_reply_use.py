"""Canned replies were sent."""

from django.db.models import F
from django.utils import timezone

from wagtail_portal.models import SavedReply


def record_saved_reply_use(keys, *, by, at=None) -> None:
    """Count one use of each; nothing is logged, and nobody told.

    :param keys: primary keys; what ``by`` has no canned reply under is left out.
    """
    found = SavedReply.objects.for_agent(by.user).filter(pk__in=keys).values_list("pk", flat=True)
    # The rows of a join cannot be updated on every database.
    rows = SavedReply.objects.filter(pk__in=list(found))
    rows.update(uses=F("uses") + 1, last_used_at=at or timezone.now())
