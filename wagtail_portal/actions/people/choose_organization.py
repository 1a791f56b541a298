"""Choose the organization that a member of several acts for."""

from datetime import datetime

from django.utils import timezone

from wagtail_portal.models import Member


def choose_organization(member: Member, *, at: datetime | None = None) -> None:
    """Remember that the person acts with this membership until they choose another one. It isn't
    logged, because it doesn't give them more access."""
    member.chosen_at = at or timezone.now()
    Member.objects.filter(pk=member.pk).update(chosen_at=member.chosen_at)
