"""Names of languages, among them those of a site that Django doesn't know."""

from django.conf import settings
from django.utils.translation import get_language_info


def language_name(code: str) -> str:
    """Return what a language is called in itself, or else in the site's ``LANGUAGES``."""
    try:
        return get_language_info(code)["name_local"]
    except KeyError:
        return str(dict(settings.LANGUAGES).get(code) or code)


def is_right_to_left(code: str) -> bool:
    """Return whether a language is written from right to left."""
    return code.partition("-")[0] in settings.LANGUAGES_BIDI
