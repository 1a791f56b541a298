"""The app's configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WagtailPortalConfig(AppConfig):
    name = "wagtail_portal"
    label = "wagtail_portal"
    verbose_name = _("Support portal")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from . import checks  # noqa: F401 - registers the checks
        from .actions.files import discard_files
        from .compat import register_policy
        from .desk.policies import POLICIES
        from .monitoring import connect as connect_monitoring
        from .notifications import connect
        from .pages import offered_forms, view_as
        from .pages.preview.previews import connect as connect_previews
        from .pages.wagtail_api import hide_private_forms
        from .search import names
        from .signin import addresses, sessions

        for model, policy in POLICIES.items():
            register_policy(model, policy)
        connect_previews()
        connect_monitoring()
        addresses.connect()
        sessions.connect()
        names.connect()
        connect()
        discard_files.connect()
        view_as.connect()
        offered_forms.connect()
        hide_private_forms()
