"""Delete invitations that nobody accepted in time."""

from datetime import timedelta

from django.utils import timezone

from wagtail_portal.models import Invitation
from wagtail_portal.utils.rows import delete_some


def discard_invitations(*, older_than: timedelta, most: int | None = None) -> int:
    """Delete invitations that expired that long ago without an answer, and return how many.

    :param most: how many to delete now; None for all.
    """
    expired = Invitation.objects.unanswered().filter(expires_at__lt=timezone.now() - older_than)
    return delete_some(expired, most)
