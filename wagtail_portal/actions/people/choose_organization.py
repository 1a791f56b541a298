"""A member of several organizations says in which one they act."""

from django.utils import timezone

from wagtail_portal.models import Member


def choose_organization(member: Member, *, at=None) -> None:
    """Remember that the person acts with this membership, until they choose another one. It opens
    nothing that it did not open before, so that nothing is logged."""
    member.chosen_at = at or timezone.now()
    Member.objects.filter(pk=member.pk).update(chosen_at=member.chosen_at)
