"""Keep what the portal settings were, so that editors see what was changed and can go back."""

from datetime import datetime
from typing import Any

from django.db import transaction

from wagtail_portal.actions._log import record_for_site
from wagtail_portal.models import PortalSettings
from wagtail_portal.permissions import Actor

#: What isn't a setting.
IGNORED = ("pk", "site")


def record_settings(
    portal: PortalSettings, *, by: Actor, at: datetime | None = None, before: dict | None = None
) -> None:
    """Log the portal settings as they are now, with the names of those that have changed.

    :param before: what they were, as :func:`settings_as_data` returns it.
    """
    data = settings_as_data(portal)
    changed = sorted(key for key in data if before is not None and data[key] != before.get(key))
    if before is None or changed:
        about: dict[str, Any] = {"title": portal.name, "changed": changed, "settings": data}
        record_for_site(portal, "record_settings", by=by, at=at, **about)


def restore_settings(
    portal: PortalSettings, *, by: Actor, data: dict, at: datetime | None = None
) -> PortalSettings:
    """Change the portal settings back to what they were, and return them. Settings that didn't
    exist then stay as they are, and so do those that refer to something that was deleted since.

    :param data: what :func:`settings_as_data` returned at that time.
    """
    before = settings_as_data(portal)
    merged = {**portal.serializable_data(), **data}
    with transaction.atomic():
        restored = PortalSettings.from_serializable_data(merged, strict_fks=False)
        restored.save()
        record_settings(restored, by=by, at=at, before=before)
    return restored


def settings_as_data(portal: PortalSettings) -> dict:
    """Return all settings as plain values by name; rows of tables as lists."""
    return {key: value for key, value in portal.serializable_data().items() if key not in IGNORED}
