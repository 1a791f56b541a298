"""Change a member's name, language and time zone, and the organization that they act for."""

from datetime import datetime
from typing import cast

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal.actions._locks import lock_tickets, reload_actor
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Member, Profile, Ticket, language_choices
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils import markup
from wagtail_portal.utils.timezones import time_zones
from wagtail_portal.utils.users import full_name

from .provision_user import set_name


def change_profile(
    *, by: Actor, name: str, language: str = "", time_zone: str = "", at: datetime | None = None
) -> Profile:
    """Change a member's profile, for all their organizations, and return it. They aren't asked for
    their name from then on.

    :param name: if it's empty, the part of the address before the @ is shown.
    :param language: one of :func:`~wagtail_portal.models.language_choices`, or "" for the
        site's.
    :param time_zone: a name of the IANA database, or "" for the site's.
    :raises NotAllowed: unless ``by`` is a member with access.
    :raises Invalid: with the key ``language`` or ``time_zone``.
    """
    by.require_member(Verb.VIEW)
    if language and language not in dict(language_choices()):
        raise Invalid({"language": gettext("Select a language.")})
    if time_zone and time_zone not in time_zones():
        raise Invalid({"time_zone": gettext("Select a time zone.")})
    user = by.user
    is_renamed = markup.clean_line(name) != full_name(user)
    with transaction.atomic():
        if is_renamed:
            # The name is indexed with the tickets that they requested.
            tickets = Ticket.objects.filter(requester__user=user).order_by()
            lock_tickets(tickets.values_list("pk", flat=True))
        # They may have been erased a moment ago.
        reload_actor(by)
        by.require_member(Verb.VIEW)
        if is_renamed:
            user.save(update_fields=set_name(user, name))
            # Admins of the organization should be able to tell who has changed their name.
            member = cast(Member, by.member)
            organization = member.organization
            record(organization, "change_profile", by=by, at=at, member=member.pk)
        profile, _created = Profile.objects.update_or_create(
            user=user,
            defaults={"language": language, "time_zone": time_zone, "name_asked": True},
        )
    return profile


def choose_organization(member: Member, *, at: datetime | None = None) -> None:
    """Remember that the person acts with this membership until they choose another one. It isn't
    logged, because it doesn't give them more access."""
    member.chosen_at = at or timezone.now()
    Member.objects.filter(pk=member.pk).update(chosen_at=member.chosen_at)
