"""The style sheet with the portal's colors, because a strict CSP allows no inline styles."""

import hashlib
from contextlib import suppress

from django.core import signing
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from wagtail_portal.models import PortalSettings
from wagtail_portal.utils.palette import stylesheet

SALT = "wagtail_portal.theme"
#: Seconds for which the URL of a preview's style sheet is valid.
PREVIEW_SECONDS = 3600

#: The part of a page that gets the colors, by the parameter ``in``.
SCOPES = {"block": ".portal-embed"}


def theme_url(settings: PortalSettings, scope: str = "") -> str:
    """Return the URL of the style sheet, which changes with the colors.

    :param scope: a key of :data:`SCOPES`, for a part of a page outside the portal.
    """
    part = f"in={scope}&" if scope else ""
    url = f"{reverse('wagtail_portal_theme')}?{part}v={_version(settings)}"
    if getattr(settings, "is_preview", False):
        # The URL holds unsaved settings, signed, because colors end up in the style sheet.
        look = [settings.accent_colour, settings.theme, settings.corners]
        url += f"&preview={signing.dumps(look, salt=SALT)}"
    return url


def _version(settings: PortalSettings) -> str:
    css = stylesheet(settings.accent_colour, settings.theme, corners=settings.corners)
    return hashlib.sha256(css.encode()).hexdigest()[:12]


def _look(request, settings) -> list[str]:
    """Return accent color, theme and corners, of an unsaved preview or of the settings."""
    with suppress(signing.BadSignature):
        return signing.loads(request.GET.get("preview", ""), salt=SALT, max_age=PREVIEW_SECONDS)
    return [settings.accent_colour, settings.theme, settings.corners]


@require_safe
def theme(request):
    """Send the palette of the site's portal, which is the same for everyone."""
    settings = PortalSettings.current(request)
    scope = SCOPES.get(request.GET.get("in", ""), "")
    css = stylesheet(*_look(request, settings), scope=scope)
    response = HttpResponse(css, content_type="text/css; charset=utf-8")
    current = request.GET.get("v") == _version(settings) and "preview" not in request.GET
    response["Cache-Control"] = "public, max-age=31536000, immutable" if current else "no-cache"
    return response
