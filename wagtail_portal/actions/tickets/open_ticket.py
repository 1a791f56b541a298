"""Open a ticket."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group
from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import get_language, gettext
from wagtail.models import Site

from wagtail_portal import search, signals
from wagtail_portal.actions._locks import reload_actor, share_member, share_organizations
from wagtail_portal.actions._log import record
from wagtail_portal.actions.rate_limits import count
from wagtail_portal.exceptions import Invalid, RateLimited
from wagtail_portal.fields import get_field_type
from wagtail_portal.models import (
    Channel,
    Follower,
    Member,
    MessageKind,
    PortalSettings,
    SavedReply,
    State,
    Status,
    Ticket,
    TicketNumber,
    Urgency,
)
from wagtail_portal.permissions import Actor, Verb, has_access
from wagtail_portal.utils import markup
from wagtail_portal.utils.rows import delete_some
from wagtail_portal.utils.typing import User

from ._files import checked_files, extract_files
from ._message import count_use
from ._ticket import clean_body, lock, write
from ._values import clean_values
from .change_subject import clean_subject


def _once(function: Any) -> Any:
    """Return the ticket that was opened with the same submission key and the same text before.

    It's looked up only after an error, because nearly every form is sent once: the second time, its
    files are in the ticket already, a limit is reached, or the first ticket is just being written.
    Another text, from a form that was sent and then changed after going back to it, opens another
    ticket.
    """

    @wraps(function)
    def open_once(
        *, requester: Member, by: Actor, submission_key: UUID | None = None, **kwargs: Any
    ) -> Any:
        try:
            return function(requester=requester, by=by, submission_key=submission_key, **kwargs)
        except (Invalid, RateLimited, IntegrityError):
            if submission_key is None or not _may_open_for(by, requester):
                raise
            ticket = _find_opened(requester, submission_key)
            if ticket is None:
                raise
        if _says_the_same(ticket, by, **kwargs):
            return ticket
        content = [kwargs["subject"], kwargs.get("body", ""), _texts(kwargs.get("answers", ()))]
        another_key = uuid.uuid5(uuid.UUID(str(submission_key)), repr(content))
        return _find_opened(requester, another_key) or function(
            requester=requester, by=by, submission_key=another_key, **kwargs
        )

    return open_once


def _may_open_for(by: Actor, requester: Member) -> bool:
    """Return whether a customer may open tickets in that member's name; the team always may."""
    if by.member is None or by.member == requester:
        return True
    return by.member.organization_id == requester.organization_id and has_access(requester)


def _find_opened(requester: Member, submission_key: UUID | None) -> Ticket | None:
    opened = Ticket.objects.filter(requester=requester, submission_key=submission_key)
    return opened.first()


def _says_the_same(
    ticket: Ticket,
    by: Actor,
    *,
    subject: str,
    body: str = "",
    answers: Iterable = (),
    saved_replies: Iterable = (),
    **kwargs: Any,
) -> bool:
    """Return whether the ticket was opened with that text. Fields may have been changed since, and
    files that were sent can't be found a second time."""
    first = ticket.messages.order_by("pk").first()
    if saved_replies:
        body = _filled(body, ticket, by)
    if first is None or markup.clean(body) != first.body:
        return False
    if _texts(answers) != _texts(ticket.answers):
        return False
    subject_was_changed = ticket.log_entries.filter(action="wagtail_portal.change_subject").exists()
    return subject_was_changed or markup.clean_line(subject) == ticket.subject


def _filled(body: str, ticket: Ticket, by: Actor) -> str:
    return SavedReply(text=body).fill_for(ticket, by.user)


def _texts(answers: Iterable) -> list:
    return [
        (answer["id"], answer["value"])
        for answer in answers
        if not get_field_type(answer.get("type", "text")).is_file
    ]


@_once
def open_ticket(
    *,
    site: Site,
    requester: Member,
    by: Actor,
    subject: str,
    body: str = "",
    quoted: str = "",
    attachments: Iterable = (),
    followers: Iterable[Member] = (),
    urgency: str = Urgency.NORMAL,
    values: dict | None = None,
    presets: dict | None = None,
    answers: Iterable = (),
    form: Any = None,
    source_page: Any = None,
    status: Status | None = None,
    assignee: User = None,
    group: Group | None = None,
    notify_addresses: Any = (),
    channel: str = Channel.FORM,
    follow_up_to: Ticket | None = None,
    private: bool = False,
    saved_replies: Iterable = (),
    submission_key: UUID | None = None,
    at: datetime | None = None,
    notify: bool = True,
) -> Ticket:
    """Open a ticket for ``requester``, a member, and return it.

    Members can open one for a teammate with access, and follow it themselves.

    :param body: Markdown; the first message of the conversation.
    :param quoted: what the author of an email quoted: plain text, shown on request.
    :param attachments: new files and earlier uploads of ``by``, saved with that message.
    :param followers: members of the requester's organization.
    :param values: ticket fields by key, in the stored form of their types; a file as such.
    :param presets: the same, set by the form's editor: also fields that only the team sets.
        ``values`` take precedence.
    :param answers: answers to questions that exist only on the form, see ``fields.form.answer``.
    :param form: the form page that was submitted.
    :param source_page: the page on which the form was embedded, if any.
    :param group: the group of agents to which the ticket is assigned.
    :param notify_addresses: email addresses of the team to notify, besides the usual ones.
    :param follow_up_to: a ticket of the same organization that ``by`` may read. If that one is
        private, so is the new one.
    :param private: whether only the requester, the followers and the team will see it.
    :param saved_replies: primary keys of the saved replies that were inserted, to count their use.
        Placeholders that are still in ``body`` are filled in.
    :param submission_key: if the requester opened a ticket with this key and the same text before,
        it's returned and nothing is opened.
    :raises NotAllowed: unless ``by`` may open tickets.
    :raises Deleted: when ``follow_up_to`` has been deleted.
    :raises Invalid: with the names of the arguments at fault, such as ``requester`` when a
        customer opens a ticket for someone outside their organization.
    :raises RateLimited: after too many tickets.
    """
    by.require(Verb.OPEN)
    if not _may_open_for(by, requester):
        text = gettext("You can only open tickets for yourself and members of your organization.")
        raise Invalid({"requester": text})
    if at is None:
        count(by, "TICKETS_PER_HOUR")

    subject = clean_subject(subject)
    if urgency not in Urgency.values:
        raise Invalid({"urgency": gettext("Select an urgency.")})
    if any(member.organization_id != requester.organization_id for member in followers):
        raise Invalid({"followers": gettext("Followers must belong to the same organization.")})
    if by.member is not None:
        # Unless they requested it themselves.
        followers = [*followers, by.member]
    followers = list({member.pk: member for member in followers if member != requester}.values())
    body = clean_body(body, needed=False)
    context = {"organization": requester.organization, "site": site}
    values = {
        **clean_values(presets or {}, by=Actor.system(), **context),
        **clean_values(values or {}, by=by, **context),
    }
    values, answers, field_files = extract_files(values, answers)
    status = status or _first_status(PortalSettings.cached(site).statuses)

    # Before the transaction: if it's rolled back, the number must not be given a second time.
    number = TicketNumber.allocate()
    while True:
        try:
            with checked_files(by, site, attachments, field_files=field_files) as files:
                _lock(by, requester, follow_up_to)
                at = at or timezone.now()
                ticket = Ticket.objects.create(
                    number=number,
                    site=site,
                    organization=requester.organization,
                    requester=requester,
                    subject=subject,
                    status=status,
                    assignee=assignee,
                    group=group,
                    urgency=urgency,
                    values=values,
                    answers=answers,
                    form=form,
                    source_page=source_page,
                    form_title=form.title if form else "",
                    channel=channel,
                    follow_up_to=follow_up_to,
                    private=private or (follow_up_to is not None and follow_up_to.private),
                    language=get_language() or "",
                    opened_at=at,
                    updated_at=at,
                    team_updated_at=at,
                    closed_at=at if status.is_closed else None,
                    waiting_since=None if status.is_closed else at,
                    submission_key=submission_key,
                )
                member = by.member or (requester if by.is_system else None)
                text = body
                if saved_replies:
                    # What's filled in can be longer than the placeholders.
                    text = clean_body(_filled(body, ticket, by), needed=False)
                message = write(
                    ticket,
                    by=by,
                    kind=MessageKind.REPLY,
                    body=text,
                    quoted=quoted,
                    at=at,
                    member=member,
                )
                ticket.save(update_fields=["last_reply", "newest_message"])
                saved = files.for_message(message, at)
                search.backend().add(ticket, message, files=saved, opening=True)
                files.for_ticket(ticket, field_files, at)
                Follower.objects.bulk_create(
                    Follower(ticket=ticket, member=follower, added_by=by.user, created_at=at)
                    for follower in followers
                )
                count_use(saved_replies, by, at)
                details = {"follow_up_to": follow_up_to.number} if follow_up_to else {}
                if private:
                    details["private"] = True
                record(ticket, "open_ticket", by=by, at=at, channel=str(channel), **details)
                signals.ticket_opened.send(
                    sender=Ticket,
                    ticket=ticket,
                    message=message,
                    followers=followers,
                    notify_addresses=notify_addresses,
                    by=by,
                    notify=notify,
                )
            return ticket
        except IntegrityError:
            if not Status.objects.filter(pk=status.pk).exists():
                # The status was deleted, but still in the cache.
                status = _first_status(list(Status.objects.all()))
                continue
            # An imported ticket may have taken the number.
            if not Ticket.objects.filter(number=number).exists():
                raise
            number = TicketNumber.allocate_free()


def _lock(by: Actor, requester: Member, follow_up_to: Ticket | None) -> None:
    """Lock what the new ticket refers to, and check again that ``by`` may open it: they may have
    been erased a moment ago."""
    if follow_up_to is not None:
        lock(follow_up_to)
    share_organizations([requester.organization_id])
    if by.member != requester:
        share_member(requester)
    reload_actor(by)
    if by.member == requester:
        requester.organization = by.member.organization
    by.require(Verb.OPEN)
    if by.member is not None and by.member != requester:
        requester.refresh_from_db(fields=["role", "user"])
        if not _may_open_for(by, requester):
            raise Invalid({"requester": gettext("Select a member of the organization.")})
    if follow_up_to is not None:
        if not by.is_requester_of(follow_up_to):
            by.require(Verb.VIEW, follow_up_to)
        if follow_up_to.organization_id != requester.organization_id:
            raise Invalid({"follow_up_to": gettext("That ticket belongs to another organization.")})


def _first_status(statuses: list[Status]) -> Status:
    """Return the status for new tickets, whatever editors have done to the statuses."""
    new = next((row for row in statuses if row.state == State.NEW), None)
    return new or next((row for row in statuses if not row.is_closed), statuses[0])


def discard_ticket_numbers(*, most: int | None = None) -> int:
    """Delete all rows of the counter but the newest, and return how many. No number is given out
    twice.

    :param most: how many to delete now; None for all.
    """
    newest = TicketNumber.objects.order_by("-pk").values_list("pk", flat=True).first()
    return delete_some(TicketNumber.objects.filter(pk__lt=newest or 0), most)
