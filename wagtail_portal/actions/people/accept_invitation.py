"""Accept an invitation."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Invitation, Member
from wagtail_portal.permissions import Actor


def accept_invitation(invitation: Invitation, *, user, email: str, at=None) -> Member:
    """Make ``user``, who has verified ``email``, a member, and return the member. The invitation is
    used up.

    An existing member doesn't change, so an invitation never restores access that was revoked.

    :raises Invalid: for an invitation that has ended, or is for another address.
    """
    at = at or timezone.now()
    with transaction.atomic():
        found = Invitation.objects.unanswered().filter(pk=invitation.pk, expires_at__gt=at)
        # Only one of two simultaneous requests finds it open.
        if email.lower() != invitation.email or not found.update(accepted_at=at, token_digest=None):
            raise Invalid(gettext("This invitation is no longer valid."))
        invitation.refresh_from_db()
        member, created = Member.objects.get_or_create(
            user=user,
            organization=invitation.organization,
            defaults={"role": invitation.role, "joined_at": at},
        )
        if created:
            by = Actor.for_member(member)
            organization = invitation.organization
            record(organization, "accept_invitation", by=by, at=at, member=member.pk)
            signals.member_added.send(sender=Member, member=member, by=by, notify=True)
    return member
