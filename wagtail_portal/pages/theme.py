"""The style sheet that follows from the accent colour: a strict CSP allows no inline style."""

import hashlib
from contextlib import suppress

from django.core import signing
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from wagtail_portal.models import PortalSettings
from wagtail_portal.utils.palette import stylesheet

SALT = "wagtail_portal.theme"
#: How long the address of a preview's style sheet is good.
PREVIEW_SECONDS = 3600

#: By the parameter ``in``: the part of a page that gets the colours.
SCOPES = {"block": ".portal-embed"}


def theme_url(settings: PortalSettings, scope: str = "") -> str:
    """The address of the style sheet; another one when the colours change.

    :param scope: a key of :data:`SCOPES`, for a part of a page that is not the portal's.
    """
    part = f"in={scope}&" if scope else ""
    address = f"{reverse('wagtail_portal_theme')}?{part}v={_version(settings)}"
    if getattr(settings, "is_preview", False):
        # Not saved yet: the address says it all, signed, because a colour is put into the sheet.
        look = [settings.accent_colour, settings.theme, settings.corners]
        address += f"&preview={signing.dumps(look, salt=SALT)}"
    return address


def _version(settings: PortalSettings) -> str:
    css = stylesheet(settings.accent_colour, settings.theme, corners=settings.corners)
    return hashlib.sha256(css.encode()).hexdigest()[:12]


def _look(request, settings) -> list[str]:
    """Accent colour, theme and corners: those of an unsaved preview, else of the settings."""
    with suppress(signing.BadSignature):
        return signing.loads(request.GET.get("preview", ""), salt=SALT, max_age=PREVIEW_SECONDS)
    return [settings.accent_colour, settings.theme, settings.corners]


@require_safe
def theme(request):
    """The palette of the portal of the site that was asked; the same for everybody."""
    settings = PortalSettings.current(request)
    scope = SCOPES.get(request.GET.get("in", ""), "")
    css = stylesheet(*_look(request, settings), scope=scope)
    response = HttpResponse(css, content_type="text/css; charset=utf-8")
    current = request.GET.get("v") == _version(settings) and "preview" not in request.GET
    response["Cache-Control"] = "public, max-age=31536000, immutable" if current else "no-cache"
    return response
