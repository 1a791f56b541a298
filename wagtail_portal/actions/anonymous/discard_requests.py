"""Requests whose visitors never proved their address are thrown away."""

from django.utils import timezone

from wagtail_portal.models import PendingRequest


def discard_requests(*, older_than) -> int:
    """Delete requests that nobody touched for ``older_than``, a timedelta; says how many.

    Their files go with the other uploads that were never sent, see ``discard_uploads``.
    """
    old = PendingRequest.objects.filter(updated_at__lt=timezone.now() - older_than)
    return old.delete()[1].get("wagtail_portal.PendingRequest", 0)
