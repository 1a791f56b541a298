"""The app with the concrete page types."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalPagesConfig(AppConfig):
    name = "wagtail_portal.pages"
    label = "wagtail_portal_pages"
    verbose_name = _("Support portal pages")
    default_auto_field = "django.db.models.BigAutoField"
