"""Turn a received email into a reply, an internal note or a ticket."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext

from wagtail_portal import conf
from wagtail_portal.actions.anonymous.save_visitor import save_visitor
from wagtail_portal.actions.tickets._files import clean_file_name
from wagtail_portal.actions.tickets.add_note import add_note
from wagtail_portal.actions.tickets.open_ticket import open_ticket
from wagtail_portal.actions.tickets.reply import reply
from wagtail_portal.actions.tickets.suggest_followers import suggest_followers
from wagtail_portal.exceptions import Locked
from wagtail_portal.fields.form import SUBJECT_MAX_LENGTH
from wagtail_portal.models import (
    Channel,
    IncomingAddress,
    Member,
    Message,
    PortalSettings,
    ReceivedEmail,
    Ticket,
)
from wagtail_portal.permissions import Actor
from wagtail_portal.portal_urls import form_pages
from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.received_email import ReceivedMessage
from wagtail_portal.utils.text import clean, clean_line
from wagtail_portal.utils.typing import User

#: What an agent writes in the first line to add an internal note.
NOTE_KEYWORDS = ("#note", "/note", "#internal")
_NAMESPACE = uuid.UUID("5e1d9d4f-0c5b-4d7b-9a53-6a1c0d0e7c25")


def add_email(
    row: ReceivedEmail,
    message: ReceivedMessage,
    *,
    ticket: Any = None,
    member: Any = None,
    user: User = None,
    is_note: bool = False,
    confirms: bool = True,
) -> tuple[Message, str]:
    """Add an email, and return the message and what the team should know about it.

    :param ticket: the ticket that it replies to; None to open one.
    :param member: who wrote it; with neither ``member`` nor ``user``, a visitor.
    :param user: the agent who wrote it.
    :param is_note: whether the agent answers an internal note.
    :param confirms: whether to announce a new ticket. Otherwise, text of someone else's choosing
        could be sent to a forged sender.
    :raises ActionError: if the action raises it.
    """
    text, quoted, files, problems = _content(row, message)
    content: dict[str, Any] = {
        "attachments": files,
        "submission_key": uuid.uuid5(_NAMESPACE, f"{row.site_id}:{row.digest}"),
    }
    opening = {**content, "notify": confirms}
    if user is not None:
        # What agents quote may be meant for the team alone.
        added = _add_for_agent(ticket, user, text, content, is_note=is_note)
    elif ticket is not None:
        try:
            added = reply(ticket, by=Actor.for_member(member), body=text, quoted=quoted, **content)
        except Locked:
            added = _open(row, message, member, text, quoted, follow_up_to=ticket, **opening)
    else:
        member = member or save_visitor(message.sender.address)
        added = _open(row, message, member, text, quoted, **opening)
    suggest_followers(added.ticket, message.recipients, sender=added.member)
    return added, "\n".join(problems)


def add_as_note(
    row: ReceivedEmail, message: ReceivedMessage, *, ticket: Ticket, by: Actor
) -> Message:
    """Add an email of someone who takes no part in the ticket as an internal note of an agent."""
    text, _quoted, files, _problems = _content(row, message)
    words = gettext("Email from %(sender)s:") % {"sender": message.sender.address or "?"}
    key = uuid.uuid5(_NAMESPACE, f"{row.site_id}:{row.digest}:note")
    body = f"{words}\n\n{text}"[: conf.MESSAGE_MAX_LENGTH]
    return add_note(ticket, by=by, body=body, attachments=files, submission_key=key)


def _add_for_agent(
    ticket: Ticket, user: User, text: str, content: Any, *, is_note: bool
) -> Message:
    by = Actor.for_agent(user)
    first, _line, rest = text.partition("\n")
    if first.strip().lower() in NOTE_KEYWORDS:
        return add_note(ticket, by=by, body=rest, **content)
    if is_note:
        return add_note(ticket, by=by, body=text, **content)
    return reply(ticket, by=by, body=text, **content)


def _open(
    row: Any,
    message: Any,
    member: Member,
    text: str,
    quoted: Any,
    *,
    follow_up_to: Ticket | None = None,
    **content: Any,
) -> Message:
    settings = PortalSettings.cached(row.site)
    followers = []
    subject = clean_line(message.subject)[:SUBJECT_MAX_LENGTH] or gettext("(No subject)")
    if follow_up_to is not None:
        subject = follow_up_to.subject
        if not member.is_visitor:
            takes_part = Member.objects.with_access().filter(user__is_active=True)
            followers = [
                *takes_part.filter(pk=follow_up_to.requester_id),
                *takes_part.filter(follower_links__ticket=follow_up_to),
            ]
    ticket = open_ticket(
        site=row.site,
        requester=member,
        by=Actor.for_member(member),
        subject=subject,
        body=text,
        quoted=quoted,
        followers=followers,
        follow_up_to=follow_up_to,
        channel=Channel.MAIL,
        **_presets_of(settings.find_address(row.envelope_to)),
        **content,
    )
    return ticket.messages.order_by("pk").first()


def _content(row: ReceivedEmail, message: ReceivedMessage) -> tuple[str, str, list, list[str]]:
    """Return the text and the quotes to save, the files to attach, and what couldn't be attached.

    What's left out is named in the text, and is in the original email, which the team can download.
    """
    limits = PortalSettings.cached(row.site).file_limits
    files, problems, refused = [], [], []
    text = message.text
    if len(text) > conf.MESSAGE_MAX_LENGTH - 1000:
        files.append(SimpleUploadedFile("email.txt", text.encode()))
        text = f"{text[: conf.MESSAGE_MAX_LENGTH - 1000]}…"
    for found in message.files:
        file = SimpleUploadedFile(clean_file_name(found.name), found.content)
        try:
            if len(files) >= limits.max_number:
                raise ValidationError(gettext("There are too many files."))
            limits.check(file)
        except ValidationError as error:
            refused.append(file.name)
            problems += error.messages
        else:
            files.append(file)
    if message.is_encrypted:
        problems.append(gettext("This email is encrypted."))
        text = text or gettext("(This email is encrypted, so we can’t read it.)")
    if message.is_incomplete:
        problems.append(gettext("Parts of this email are missing here."))
    if refused:
        names = comma_list(refused[:20])
        words = gettext("(Files that couldn’t be attached: %(names)s)") % {"names": names[:500]}
        text = f"{text}\n\n{words}" if text else words
    if not text and not files:
        text = gettext("(This email has no text.)")
    return clean(text), message.quoted, files, problems[:20]


def _presets_of(address: IncomingAddress | None) -> dict:
    """Return arguments for ``open_ticket``: those of the form of the address, as long as it's
    published, and its own status and group."""
    if address is None:
        return {}
    found = {}
    if address.form_id and (page := form_pages().live().filter(pk=address.form_id).first()):
        found = page.specific.ticket_arguments()
    if address.status is not None:
        found["status"] = address.status
    if address.group is not None:
        found["group"] = address.group
    return found
