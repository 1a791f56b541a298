"""The app with the concrete page types."""

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _


class PortalPagesConfig(AppConfig):
    name = "wagtail_portal.pages"
    label = "wagtail_portal_pages"
    verbose_name = _("Support portal pages")
    default_auto_field = "django.db.models.BigAutoField"

    def import_models(self):
        # Otherwise the models fail to load, and the message says nothing of the setting.
        if not self.apps.is_installed("wagtail_portal"):
            raise ImproperlyConfigured(
                "'wagtail_portal.pages' needs 'wagtail_portal'. Add it to INSTALLED_APPS."
            )
        super().import_models()
