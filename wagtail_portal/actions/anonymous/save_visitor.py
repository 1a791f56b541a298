"""Save a visitor with a verified address."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal.actions.people.provision_user import provision_user
from wagtail_portal.models import Member, Organization, Role


def save_visitor(email: str) -> Member:
    """Return the visitor's membership for an address, creating it the first time.

    Visitors are in an organization of their own, with the role *No access*: they see nothing of
    the portal, nor of each other. Call this for verified addresses only.

    :raises Invalid: with the key ``email`` for an invalid address.
    """
    now = timezone.now()
    with transaction.atomic():
        visitors, _created = Organization.objects.get_or_create(
            key=Organization.VISITORS, defaults={"name": gettext("Visitors"), "created_at": now}
        )
        member, _created = Member.objects.get_or_create(
            user=provision_user(email),
            organization=visitors,
            defaults={"role": Role.objects.get(key=Role.NO_ACCESS), "joined_at": now},
        )
    return member
