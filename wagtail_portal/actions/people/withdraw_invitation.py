"""Withdraw invitations."""

from django.db import transaction
from django.utils import timezone

from wagtail_portal.actions._log import record
from wagtail_portal.models import Invitation
from wagtail_portal.permissions import Actor


def withdraw_invitation(invitation: Invitation, *, by, at=None) -> None:
    """Withdraw an invitation. If it was accepted or withdrawn before, nothing happens.

    :raises NotAllowed: unless ``by`` may manage the members of this organization.
    """
    by.require_management(invitation.organization)
    at = at or timezone.now()
    with transaction.atomic():
        same = Invitation.objects.unanswered().filter(pk=invitation.pk)
        if same.update(withdrawn_at=at, token_digest=None):
            record(
                invitation.organization,
                "withdraw_invitation",
                by=by,
                at=at,
                invitation=invitation.pk,
            )


def withdraw_invitations_of(email: str, *, at=None) -> None:
    """Withdraw all invitations of an address that no longer belongs to its owner."""
    at = at or timezone.now()
    with transaction.atomic():
        waiting = Invitation.objects.unanswered().filter(email=email.lower())
        for invitation in waiting.select_related("organization"):
            withdraw_invitation(invitation, by=Actor.system(), at=at)
