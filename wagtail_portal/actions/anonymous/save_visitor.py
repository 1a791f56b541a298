"""Save a visitor with a verified address."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal.actions.people.provision_user import provision_user, set_name
from wagtail_portal.models import Member, Organization, Role
from wagtail_portal.utils.typing import User
from wagtail_portal.utils.users import full_name


def save_visitor(email: str, *, name: str = "") -> Member:
    """Return the visitor's membership for an address, creating it the first time.

    Visitors are in an organization of their own, with the role *No access*: they see nothing of
    the portal, nor of each other. Call this for verified addresses only.

    :param name: for someone whose name isn't known yet.

    :raises Invalid: with the key ``email`` for an invalid address.
    """
    with transaction.atomic():
        user = provision_user(email, name=name)
        if name and not full_name(user):
            user.save(update_fields=set_name(user, name))
        return visitor_of(user)


def visitor_of(user: User) -> Member:
    """Return the membership of a user among the visitors, creating it the first time."""
    now = timezone.now()
    with transaction.atomic():
        visitors, _created = Organization.objects.get_or_create(
            key=Organization.VISITORS, defaults={"name": gettext("Visitors"), "created_at": now}
        )
        member, _created = Member.objects.get_or_create(
            user=user,
            organization=visitors,
            defaults={"role": Role.objects.get(key=Role.NO_ACCESS), "joined_at": now},
        )
    return member
