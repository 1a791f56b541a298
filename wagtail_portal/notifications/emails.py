"""Render notifications as emails in the recipient's language, with a text and an HTML part."""

from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string, select_template
from django.utils import timezone, translation

from wagtail_portal.events import TEMPLATE_FOLDER, Event, get_event
from wagtail_portal.models import Notification, PortalSettings, display_name
from wagtail_portal.portal_urls import invitation_url
from wagtail_portal.utils import markup
from wagtail_portal.utils.encryption import decrypt
from wagtail_portal.utils.timezones import find_time_zone

from . import headers
from .context import email_context, language_of, portal_context, time_zone_of
from .unfolded import UnfoldedEmail


def build_email(notification: Notification) -> UnfoldedEmail | None:
    """Return the email of a notification; None if there's nothing left to announce."""
    event = get_event(notification.event)
    if event.is_secret:
        return _build_secret_email(notification, event)
    with (
        translation.override(language_of(notification)),
        timezone.override(find_time_zone(time_zone_of(notification))),
    ):
        context = email_context(notification)
        if event.context is not None:
            more = event.context(notification, context)
            if more is None:
                return None
            context |= more
        files = context.pop("files")
        subject, plain, html = render_email(event, context)
        others = {} if context["without_content"] else headers.copies_header(notification)
        email = UnfoldedEmail(
            subject=subject,
            body=plain,
            from_email=headers.sender(
                context["author"], context["portal"], from_team=context["is_from_team"]
            ),
            to=[notification.to],
            reply_to=[headers.reply_to(notification, context["portal"])],
            headers=headers.email_headers(notification, context["unsubscribe_url"]) | others,
        )
    email.attach_alternative(html, "text/html")
    for file in files:
        with file.file.open("rb") as stream:
            email.attach(file.name, stream.read(), file.content_type)
    return email


def render_email(event: Event, context: dict) -> tuple[str, str, str]:
    """Return subject, text and HTML. The event's own templates win over the common ones, and the
    email template of an editor over both."""
    hides = context["without_content"]

    def render(*names):
        return select_template(names).render(context)

    leads = [f"{TEMPLATE_FOLDER}/without_content_lead.txt"] if hides else []
    lead = render(*leads, f"{event.template_prefix}_lead.txt")
    subjects = f"{event.template_prefix}_subject.txt", f"{TEMPLATE_FOLDER}/ticket_subject.txt"
    subject = markup.clean_line(render(*subjects))
    if context["ticket"] is not None and not event.opens_ticket:
        again = {**context, "base_subject": subject}
        subject = markup.clean_line(render_to_string(f"{TEMPLATE_FOLDER}/reply_subject.txt", again))
    # Editors write templates for customers.
    is_other = context["to_team"] or context.get("is_copy")
    template = None if hides or is_other else context["email_template"]
    if template is not None:
        values = _placeholders(event, context)
        lead = template.fill(template.text, values) or lead
        subject = markup.clean_line(template.fill(template.subject, values)) or subject
    context = {**context, "lead": lead.strip(), "email_subject": subject}

    def part(kind):
        names = [f"{event.template_prefix}_message.{kind}", f"{TEMPLATE_FOLDER}/message.{kind}"]
        return select_template(names).render(context)

    return subject, part("txt").strip() + "\n", part("html")


def _placeholders(event, context) -> dict:
    """Return the values of the placeholders, which can be variables of the event's templates."""
    ticket, user = context["ticket"], context["recipient"]
    values = {
        "author": context["author"],
        "recipient": display_name(user) if user else "",
        "portal": context["portal_name"],
    }
    if ticket is not None:
        values |= {
            "number": str(ticket.number),
            "subject": ticket.subject,
            "organization": ticket.organization.name,
            "status": context["new_status"],
        }
    # Previews lack the event's own variables, and show those placeholders as they are.
    known = {**context, **values}
    return {name: known[name] for name in event.placeholders if name in known}


def _build_secret_email(notification, event) -> UnfoldedEmail:
    """Build the email from what was encrypted in the outbox."""
    portal = PortalSettings.for_site(notification.site)
    secret = decrypt(notification.encrypted)
    prefix = secret.get("template", event.template_prefix)
    with translation.override(notification.language or None):
        context = {
            **secret["context"],
            **_invitation_context(notification, secret),
            **portal_context(portal),
            "current_site": {"name": portal.name, "domain": notification.site.hostname},
        }
        email = UnfoldedEmail(
            subject=markup.clean_line(render_to_string(f"{prefix}_subject.txt", context)),
            body=render_to_string(f"{prefix}_message.txt", context).strip() + "\n",
            from_email=portal.from_email,
            to=[notification.to],
            reply_to=[portal.reply_to],
            headers={
                "Message-ID": f"<mail-{notification.batch}@{notification.site.hostname}>",
                "Auto-Submitted": "auto-generated",
            },
        )
        try:
            html = render_to_string(f"{prefix}_message.html", context)
        except TemplateDoesNotExist:
            # Emails of other packages often have only a text part.
            return email
    email.attach_alternative(html, "text/html")
    return email


def _invitation_context(notification, secret) -> dict:
    if notification.invitation is None:
        return {}
    return {
        "invitation": notification.invitation,
        "organization": notification.invitation.organization,
        "note_lines": notification.invitation.note.splitlines(),
        "url": invitation_url(notification.site, secret["token"]),
    }
