"""Registers the app. Policies first: nothing may ask for them before."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WagtailPortalConfig(AppConfig):
    name = "wagtail_portal"
    label = "wagtail_portal"
    verbose_name = _("Support portal")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from . import checks  # noqa: F401 - registers itself
        from .compat import register_policy
        from .gate import set_gate
        from .links import set_finders
        from .notifications import connect
        from .pages import view_as
        from .pages.preview.settings_preview import connect as connect_previews
        from .pages.urls import form_pages, home_url, invitation_url, portal_url, ticket_url
        from .permissions import POLICIES
        from .signin import email_verification, sessions

        for model, policy in POLICIES.items():
            register_policy(model, policy)
        set_finders(
            ticket=ticket_url,
            home=home_url,
            forms=form_pages,
            invitation=invitation_url,
            portal=portal_url,
        )
        set_gate(
            client=email_verification.client_of,
            member=email_verification.member_of,
            sign_in=email_verification.sign_in,
            sessions=sessions.sessions_of,
            end_sessions=sessions.end_sessions,
            can_end_sessions=sessions.can_end_sessions,
            has_proven=sessions.has_proven,
        )
        connect_previews()
        sessions.connect()
        connect()
        view_as.connect()
