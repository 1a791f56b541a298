"""Mails that hold a secret, from what was sealed in the outbox."""

from django.core.mail import EmailMultiAlternatives
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils import translation

from wagtail_portal.models import Invitation, Notification, PortalSettings
from wagtail_portal.portal_urls import invitation_url
from wagtail_portal.utils import markup
from wagtail_portal.utils.encryption import decrypt

from .emails import logo_of


def build(notification: Notification) -> EmailMultiAlternatives:
    """The mail of a notification with a secret."""
    portal = PortalSettings.for_site(notification.site)
    sealed = decrypt(notification.sealed)
    prefix = sealed["template"]
    with translation.override(notification.language or None):
        context = {
            **sealed["context"],
            **_invitation(notification, sealed),
            "portal": portal,
            "portal_name": portal.name,
            "accent": portal.accent_colour,
            "logo": logo_of(portal),
            "current_site": {"name": portal.name, "domain": notification.site.hostname},
        }
        mail = EmailMultiAlternatives(
            subject=markup.clean_line(render_to_string(f"{prefix}_subject.txt", context)),
            body=render_to_string(f"{prefix}_message.txt", context).strip() + "\n",
            from_email=portal.from_email,
            to=[notification.email],
            headers={
                "Message-ID": f"<mail-{notification.batch}@{notification.site.hostname}>",
                "Auto-Submitted": "auto-generated",
            },
        )
        try:
            html = render_to_string(f"{prefix}_message.html", context)
        except TemplateDoesNotExist:
            # Mails of other packages often have the text alone.
            return mail
    mail.attach_alternative(html, "text/html")
    return mail


def _invitation(notification, sealed) -> dict:
    if notification.invitation is None:
        return {}
    return {
        "invitation": notification.invitation,
        "organization": notification.invitation.organization,
        "url": invitation_url(notification.site, sealed["token"]),
    }


def note_outcome(notification: Notification, *, failed: bool) -> None:
    """Keep with the invitation whether its mail was sent: whoever invites is told, and can send it
    again."""
    if notification.invitation_id and notification.invitation.mail_failed != failed:
        Invitation.objects.filter(pk=notification.invitation_id).update(mail_failed=failed)
