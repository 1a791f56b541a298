"""System checks of what the portal's pages and emails need."""

from django.conf import settings
from django.conf.global_settings import DEFAULT_FROM_EMAIL
from django.core.checks import Warning

from wagtail_portal.portal_urls import page_models


def check_page_models(app_configs, **kwargs) -> list[Warning]:
    """Check that there's a type of page for the portal and for its forms."""
    if page_models("home") and page_models("form"):
        return []
    return [
        Warning(
            "There is no type of page for the support portal, or none for its forms.",
            hint="Add 'wagtail_portal.pages' to INSTALLED_APPS, or use PortalHomePageMixin and "
            "TicketFormPageMixin in page models of your own.",
            id="wagtail_portal.W030",
        )
    ]


def check_sender(app_configs, **kwargs) -> list[Warning]:
    """Check that emails have a sender. Email servers refuse the one that Django comes with."""
    if settings.DEFAULT_FROM_EMAIL != DEFAULT_FROM_EMAIL:
        return []
    return [
        Warning(
            f"Emails would be sent from {DEFAULT_FROM_EMAIL}, and not arrive.",
            hint="Set DEFAULT_FROM_EMAIL = 'Example Support <support@example.com>'.",
            id="wagtail_portal.W031",
        )
    ]
