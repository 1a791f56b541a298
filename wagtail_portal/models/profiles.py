"""How a person wants the portal to speak to them."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils.timezones import find_time_zone


class Profile(models.Model):
    """Language and time zone of a user, the same in all their organizations."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="portal_profile",
        verbose_name=_("user"),
    )
    #: Empty: as the site, or the browser, says.
    language = models.CharField(_("language"), max_length=20, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self):
        return str(self.user_id)

    @property
    def zone(self) -> ZoneInfo | None:
        """The time zone; None for the site's, also when the server does not know this one."""
        return find_time_zone(self.time_zone)

    @property
    def known_language(self) -> str:
        """The language, if the site has it; else empty."""
        return self.language if self.language in dict(settings.LANGUAGES) else ""


def languages_to_choose() -> list[tuple[str, str]]:
    """The languages of the site's content, else those that the site lists: code, and name in that
    language."""
    found = getattr(settings, "WAGTAIL_CONTENT_LANGUAGES", None)
    if not found:
        # Django's own list has a hundred, of which a site speaks one.
        listed = settings.is_overridden("LANGUAGES")
        found = settings.LANGUAGES if listed else [(settings.LANGUAGE_CODE, "")]
    return [(code, _own_name(code, name)) for code, name in found]


def _own_name(code: str, name: str) -> str:
    try:
        own = get_language_info(code)["name_local"]
    except KeyError:
        return str(name) or code
    return own[:1].upper() + own[1:]


def profile_of(user) -> Profile:
    """The profile of a user; an empty one that is not kept, if they never filled it in."""
    found = getattr(user, "portal_profile", None)
    return found or Profile(user=user)
