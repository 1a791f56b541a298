"""The app's configuration."""

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class WagtailPortalConfig(AppConfig):
    name = "wagtail_portal"
    label = "wagtail_portal"
    verbose_name = _("Support portal")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from importlib.util import find_spec

        from wagtail.models import ReferenceIndex

        from . import checks  # noqa: F401 - registers the checks
        from .actions.files import discard_files
        from .actions.people import keep_agent_name
        from .actions.tickets import keep_status
        from .compat import register_policy
        from .desk import tasks  # noqa: F401 - tells the queue's workers
        from .desk.policies import POLICIES
        from .models.cached_rows import clear_after_migrating, delete_cached_rows
        from .models.settings import clear_cache as delete_cached_settings
        from .monitoring import connect as connect_monitoring
        from .notifications import connect
        from .pages import former_paths, front_end_cache, offered_forms, view_as
        from .pages.preview.previews import connect as connect_previews
        from .pages.public_pages import hide_private_forms
        from .search import names
        from .signin import addresses, methods, scope, sessions

        for model, policy in POLICIES.items():
            register_policy(model, policy)
        # Their viewsets do the same, but aren't loaded before the admin's URLs.
        for name in ("EmailTemplate", "Organization", "SavedReply", "Status"):
            ReferenceIndex.register_model(self.get_model(name))
        connect_previews()
        connect_monitoring()
        scope.connect()
        addresses.connect()
        sessions.connect()
        methods.connect()
        names.connect()
        connect()
        discard_files.connect()
        keep_agent_name.connect()
        keep_status.connect()
        view_as.connect()
        offered_forms.connect()
        former_paths.connect()
        front_end_cache.connect()
        if find_spec("anymail"):
            from .incoming import webhooks

            webhooks.connect()
        if apps.is_installed("allauth.mfa"):
            from .signin import second_factor

            second_factor.connect()
        hide_private_forms()
        cleared = (delete_cached_rows, delete_cached_settings, offered_forms.clear)
        clear_after_migrating(self, *cleared)
