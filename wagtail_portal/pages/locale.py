"""The portal speaks to a member in the language and the time zone of their profile."""

from contextlib import ExitStack, contextmanager

from django.utils import timezone, translation

from wagtail_portal.models import Profile


@contextmanager
def override_locale(profile: Profile | None):
    """Within it, texts and times are as the profile says; where it says nothing, as the site, the
    page or the browser does."""
    with ExitStack() as chosen:
        if profile is not None and profile.known_language:
            chosen.enter_context(translation.override(profile.known_language))
        if profile is not None and profile.zone:
            chosen.enter_context(timezone.override(profile.zone))
        yield


def set_content_language(response, profile: Profile | None) -> None:
    """Say in the response which language it is in, before a middleware says another one."""
    if profile is not None and profile.known_language:
        response.headers.setdefault("Content-Language", profile.known_language)
