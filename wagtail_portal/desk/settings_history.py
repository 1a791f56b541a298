"""What was changed in the portal settings, and the way back."""

from itertools import pairwise

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext
from wagtail.admin import messages
from wagtail.admin.panels import Panel
from wagtail.contrib.settings.views import EditView
from wagtail.models import ModelLogEntry

from wagtail_portal.actions import record_settings, restore_settings, settings_as_data
from wagtail_portal.log_entries.settings import setting_label
from wagtail_portal.models import PortalSettings
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.query_params import pk_in
from wagtail_portal.utils.text import clean_line

#: At most so many versions are shown, and characters of a value.
SHOWN, VALUE_LENGTH = 50, 60
ACTION = "wagtail_portal.record_settings"
NAMES = [PortalSettings._meta.app_label, PortalSettings._meta.model_name]


def _entries(portal: PortalSettings):
    found = ModelLogEntry.objects.for_instance(portal).filter(action=ACTION)
    return found.order_by("-timestamp", "-pk")


def before_edit(request, portal):
    """Remember the settings before they're changed: a ``before_edit_setting`` hook."""
    if isinstance(portal, PortalSettings) and request.method == "POST":
        request.portal_settings_before = settings_as_data(portal)
        if not _entries(portal).exists():
            record_settings(portal, by=Actor.system())


def after_edit(request, portal):
    """Log what was changed: an ``after_edit_setting`` hook."""
    before = getattr(request, "portal_settings_before", None)
    if isinstance(portal, PortalSettings) and before is not None:
        # With its rows as they were saved.
        saved = PortalSettings.objects.get(pk=portal.pk)
        record_settings(saved, by=Actor.for_agent(request.user), before=before)


class HistoryPanel(Panel):
    """A link to the history."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "wagtail_portal/desk/settings_history_link.html"

        @property
        def url(self) -> str:
            """The URL of the history of these settings."""
            return reverse("wagtail_portal_settings_history", args=[self.instance.site_id])


class SettingsHistory(EditView):
    """The versions of the settings; whoever may edit them can restore one."""

    def setup(self, request, site, **kwargs):
        super().setup(request, *NAMES, pk=site)

    def run_before_hook(self):
        return None

    def get(self, request, *args, **kwargs):
        entries = list(_entries(self.object).select_related("user")[: SHOWN + 1])
        rows = [
            {"entry": entry, "changes": _changes(entry, before), "is_current": number == 0}
            for number, (entry, before) in enumerate(pairwise([*entries, None]))
        ]
        context = {
            "rows": rows[:SHOWN],
            "portal": self.object,
            "settings_url": reverse("wagtailsettings:edit", args=[*NAMES, self.site.pk]),
        }
        return render(request, "wagtail_portal/desk/settings_history.html", context)

    def post(self, request, *args, **kwargs):
        entry = _entries(self.object).filter(pk=pk_in(request.POST, "version")).first()
        if entry is None:
            raise Http404
        by = Actor.for_agent(request.user)
        restore_settings(self.object, by=by, data=entry.data["settings"])
        messages.success(request, gettext("The earlier settings were restored."))
        return redirect("wagtailsettings:edit", *NAMES, self.site.pk)


def _changes(entry, before) -> list[dict]:
    """Return the changed settings with ``label``, ``old`` and ``new``; without values that aren't
    texts or numbers."""
    old = before.data.get("settings", {}) if before else {}
    new = entry.data.get("settings", {})
    return [
        {"label": setting_label(name), "old": _shown(old.get(name)), "new": _shown(new.get(name))}
        for name in entry.data.get("changed", ())
    ]


def _shown(value) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if not isinstance(value, str | int):
        return ""
    text = clean_line(str(value))
    return text if len(text) <= VALUE_LENGTH else f"{text[:VALUE_LENGTH]}…"


admin_urls = [
    path(
        "portal/settings/<int:site>/history/",
        SettingsHistory.as_view(),
        name="wagtail_portal_settings_history",
    )
]
