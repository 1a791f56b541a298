"""Language and time zone of users."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils.languages import language_name
from wagtail_portal.utils.typing import User


class Profile(models.Model):
    """Language and time zone of a user, the same in all their organizations."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="portal_profile",
        verbose_name=_("user"),
    )
    #: Empty for the language of the site or the browser.
    language = models.CharField(_("language"), max_length=20, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, blank=True)
    #: Whether the user was asked for their name, and answered or declined.
    name_asked = models.BooleanField(default=False, editable=False)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self) -> str:
        return str(self.user_id)

    @property
    def known_language(self) -> str:
        """The language if the site has it, else ""."""
        return self.language if self.language in dict(settings.LANGUAGES) else ""


def language_choices() -> list[tuple[str, str]]:
    """Return code and name of the content languages, or else of ``LANGUAGES``."""
    found = getattr(settings, "WAGTAIL_CONTENT_LANGUAGES", None)
    if not found:
        # Django's default has about a hundred languages.
        listed = settings.is_overridden("LANGUAGES")  # type: ignore[misc]
        found = settings.LANGUAGES if listed else [(settings.LANGUAGE_CODE, "")]
    names = {code: language_name(code) for code, _name in found}
    return [(code, name[:1].upper() + name[1:]) for code, name in names.items()]


def profile_of(user: User) -> Profile:
    """Return the profile of a user; an unsaved one if there's none yet."""
    return getattr(user, "portal_profile", None) or Profile(user=user)
