"""A person says how they are called, and how the portal speaks to them."""

from django.db import transaction
from django.utils.translation import gettext

from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import Profile, languages_to_choose
from wagtail_portal.permissions import Verb
from wagtail_portal.utils import markup
from wagtail_portal.utils.timezones import time_zones

from ._names import set_name


def change_profile(*, by, name: str, language: str = "", time_zone: str = "", at=None) -> Profile:
    """Keep what a member says of themselves, for all their organizations, and return it.

    :param name: empty: they are called by the part of the address before the @.
    :param language: one of :func:`~wagtail_portal.models.languages_to_choose`; empty: as the site.
    :param time_zone: by its name in the IANA database; empty: as the site.
    :raises NotAllowed: for anybody but a member.
    :raises Invalid: with the key ``language`` or ``time_zone``.
    """
    by.require(Verb.VIEW)
    if by.member is None or by.user is None:
        raise NotAllowed(Verb.VIEW)
    if language and language not in dict(languages_to_choose()):
        raise Invalid({"language": gettext("Choose one of the languages.")})
    if time_zone and time_zone not in time_zones():
        raise Invalid({"time_zone": gettext("Choose one of the time zones.")})
    user = by.user
    with transaction.atomic():
        if markup.clean_line(name) != user.get_full_name().strip():
            user.save(update_fields=set_name(user, name))
            # Colleagues know them by it: their admins find out who is called otherwise now.
            organization = by.member.organization
            record(organization, "change_profile", by=by, at=at, member=by.member.pk)
        profile, _created = Profile.objects.update_or_create(
            user=user, defaults={"language": language, "time_zone": time_zone}
        )
    return profile
