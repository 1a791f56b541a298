"""From a notification to a mail, in the recipient's language, with both parts."""

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string, select_template
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from wagtail.admin.utils import get_admin_base_url

from wagtail_portal.models import (
    EmailTemplate,
    Event,
    Notification,
    PortalSettings,
    Ticket,
    can_be_rated,
    display_name,
)
from wagtail_portal.portal_urls import portal_url, ticket_url
from wagtail_portal.utils import markup
from wagtail_portal.utils.timezones import find_time_zone

from . import headers
from .changes import changes_in_words, status_in_words
from .language import language_of, time_zone_of
from .senders import author_of, unsubscribe_url

FOLDER = "wagtail_portal/email"
#: Bytes of files in one mail: mail servers refuse what is much larger.
MAX_FILES = 10 * 1024 * 1024


def build(notification: Notification, make_context=None) -> EmailMultiAlternatives:
    """The mail of a notification, from what ``make_context(notification)`` knows."""
    with (
        translation.override(language_of(notification)),
        timezone.override(find_time_zone(time_zone_of(notification))),
    ):
        context = (make_context or context_of)(notification)
        files = context.pop("files")
        subject, plain, html = render(notification.event, context)
        mail = EmailMultiAlternatives(
            subject=subject,
            body=plain,
            from_email=headers.sender(notification, context["author"], context["portal"]),
            to=[notification.email],
            reply_to=[context["portal"].reply_to],
            headers=headers.of(notification, context),
        )
    mail.attach_alternative(html, "text/html")
    for file in files:
        with file.file.open("rb") as stream:
            mail.attach(file.name, stream.read(), file.content_type)
    return mail


def render(event: str, context: dict) -> tuple[str, str, str]:
    """Subject, text and HTML of a mail, with the templates that a site has of its own first."""
    hides = context["without_content"]
    leads = [f"{FOLDER}/without_content_lead.txt"] if hides else []
    subjects = [f"{FOLDER}/{event}_subject.txt", f"{FOLDER}/ticket_subject.txt"]
    lead = select_template([*leads, f"{FOLDER}/{event}_lead.txt"]).render(context)
    subject = markup.clean_line(select_template(subjects).render(context))
    if context["ticket"] is not None and event != Event.TICKET_OPENED:
        again = {**context, "base_subject": subject}
        subject = markup.clean_line(render_to_string(f"{FOLDER}/reply_subject.txt", again))
    wording = None if hides or context["to_team"] else context["wording"]
    if wording is not None:
        values = _placeholders(context)
        lead = wording.fill(wording.text, values) or lead
        subject = markup.clean_line(wording.fill(wording.subject, values)) or subject
    context = {**context, "lead": lead.strip(), "mail_subject": subject}

    def part(kind):
        names = [f"{FOLDER}/{event}_message.{kind}", f"{FOLDER}/message.{kind}"]
        return select_template(names).render(context)

    return subject, part("txt").strip() + "\n", part("html")


def _placeholders(context) -> dict:
    ticket = context["ticket"]
    if ticket is None:
        return {"portal": context["portal_name"]}
    user = context["recipient"]
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "author": context["author"],
        "recipient": display_name(user) if user else "",
        "organization": ticket.organization.name,
        "status": context["new_status"],
        "portal": context["portal_name"],
    }


def context_of(notification: Notification) -> dict:
    """What the templates of a mail know."""
    ticket, message = notification.ticket, notification.message
    portal = PortalSettings.for_site(notification.site)
    # Visitors have no access: a link would lead them to a door that stays shut.
    by_mail = _is_answered_by_mail(notification)
    files, left_out = _files(message) if by_mail else ([], [])
    data = notification.data
    return {
        "portal": portal,
        "portal_name": portal.name,
        "accent": portal.accent_colour,
        "event": str(notification.event),
        "ticket": ticket,
        "message": message,
        "author": author_of(notification) if not _confirms(notification) else portal.name,
        "logo": logo_of(portal),
        "wording": EmailTemplate.objects.template_for(
            notification.site, notification.event, translation.get_language() or ""
        ),
        "by_team": notification.by_team,
        "recipient": notification.recipient,
        "is_requester": ticket is not None
        and notification.member is not None
        and ticket.requester_id == notification.member.pk,
        "to_team": notification.to_team,
        "without_content": portal.mails_without_content and ticket is not None and not by_mail,
        "changes": [] if portal.mails_without_content else changes_in_words(notification),
        "new_status": status_in_words(notification),
        "group": data.get("group", ""),
        "url": "" if by_mail else _url(notification),
        "rating_url": _rating_url(notification, portal),
        "unsubscribe_url": unsubscribe_url(notification),
        "settings_url": _settings_url(notification, by_mail),
        "by_mail": by_mail,
        "tickets": [],
        "files": files,
        "left_out": left_out,
    }


def logo_of(portal) -> dict | None:
    """The portal's logo at the height of a line of mail; None without one."""
    if portal.logo is None:
        return None
    rendition = portal.logo.get_rendition("max-400x80")
    return {
        "url": rendition.full_url,
        "width": rendition.width // 2,
        "height": rendition.height // 2,
    }


def _confirms(notification) -> bool:
    """Whether somebody is told that what they sent has arrived: nobody writes to themselves."""
    by = notification.actor_id or getattr(notification.message, "author_id", None)
    return by is not None and by == notification.recipient_id and not notification.by_team


def _is_answered_by_mail(notification) -> bool:
    ticket = notification.ticket
    return ticket is not None and not notification.to_team and ticket.organization.is_for_visitors


def _files(message) -> tuple[list, list[str]]:
    """The team's files for somebody who cannot fetch them in the portal, as many as a mail takes,
    and the names of the others."""
    taken, left_out, size = [], [], 0
    if message is None or not message.from_team:
        return [], []
    for file in message.attachments.all():
        size += file.size
        if size <= MAX_FILES:
            taken.append(file)
        else:
            left_out.append(file.name)
    return taken, left_out


def _url(notification) -> str:
    ticket = notification.ticket
    if ticket is None:
        return portal_url(notification.site)
    if notification.to_team:
        return desk_url(ticket)
    # A new ticket is read from its beginning, of another one the new message.
    return ticket_url(ticket, notification.message if notification.event == "reply_added" else None)


def _rating_url(notification, portal) -> str:
    ticket, member = notification.ticket, notification.member
    asks = notification.event == Event.REPLY_ADDED and notification.by_team and member is not None
    if not asks or not portal.ask_satisfaction or ticket.requester_id != member.pk:
        return ""
    if member.is_visitor or not ticket.status.is_closed or not can_be_rated(ticket, timezone.now()):
        return ""
    return ticket_url(ticket)


def _settings_url(notification, by_mail) -> str:
    if notification.to_team:
        try:
            return f"{get_admin_base_url() or ''}{reverse('wagtailadmin_account')}"
        except NoReverseMatch:
            return ""
    if by_mail or notification.member is None:
        return ""
    return portal_url(notification.site, "portal_notifications")


def desk_url(ticket: Ticket) -> str:
    """Where the team works on a ticket."""
    try:
        path = reverse("wagtailsnippets_wagtail_portal_ticket:edit", args=[ticket.pk])
    except NoReverseMatch:
        return ""
    return f"{get_admin_base_url() or ''}{path}"
