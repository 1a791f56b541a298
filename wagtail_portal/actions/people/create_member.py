"""A person becomes a member of an organization."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import Member, Organization, Role
from wagtail_portal.permissions import Verb

from ._roles import role_of_new_members
from .provision_user import provision_user


def create_member(
    organization: Organization,
    *,
    by,
    email: str,
    name: str = "",
    role: Role | None = None,
    at=None,
    notify: bool = True,
) -> Member:
    """Give the person with this address access to the organization's portal.

    They sign in with a code mailed to the address. Who is a member already stays as they are.

    :param role: None for the role of new members of the organization, else of the portal.
    :raises NotAllowed: unless ``by`` may add members of this organization.
    :raises Invalid: with the key ``email`` for something that is no address.
    """
    by.require(Verb.ADD_MEMBER)
    if by.member is not None and by.member.organization_id != organization.pk:
        raise NotAllowed(Verb.ADD_MEMBER)
    if organization.is_for_visitors:
        raise Invalid({"organization": gettext("Visitors have no access. Choose a customer.")})
    role = role or role_of_new_members(organization)
    if not by.may_give(role):
        raise NotAllowed(Verb.ADD_MEMBER)
    at = at or timezone.now()
    with transaction.atomic():
        user = provision_user(email, name=name)
        member, created = Member.objects.get_or_create(
            user=user,
            organization=organization,
            defaults={"role": role, "joined_at": at},
        )
        if created:
            record(organization, "create_member", by=by, at=at, member=member.pk)
            signals.member_added.send(sender=Member, member=member, by=by, notify=notify)
    return member
