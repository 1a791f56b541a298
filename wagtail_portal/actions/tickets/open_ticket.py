"""A ticket comes into being."""

from functools import wraps

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import get_language, gettext

from wagtail_portal import search, signals
from wagtail_portal.actions._limits import count
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid, RateLimited
from wagtail_portal.models import (
    Channel,
    Follower,
    MessageKind,
    PortalSettings,
    State,
    Status,
    Ticket,
    TicketNumber,
    Urgency,
)
from wagtail_portal.permissions import Actor, Verb

from ._field_files import take_files
from ._files import kept_files
from ._ticket import clean_body, write
from ._values import clean_values
from .change_subject import clean_subject


def _once(function):
    """With a key that was sent before, give the ticket of that time.

    Asked only when something went wrong, for nearly every form is sent once: the second time its
    files are in the ticket already, a limit is used up, or the first one is just being written.
    """

    @wraps(function)
    def open_once(*, requester, by, submission_key=None, **kwargs):
        try:
            return function(requester=requester, by=by, submission_key=submission_key, **kwargs)
        except (Invalid, RateLimited, IntegrityError):
            if submission_key is None or by.member not in (None, requester):
                raise
            opened = Ticket.objects.filter(requester=requester, submission_key=submission_key)
            if ticket := opened.first():
                return ticket
            raise

    return open_once


@_once
def open_ticket(
    *,
    site,
    requester,
    by,
    subject: str,
    body: str = "",
    attachments=(),
    followers=(),
    urgency: str = Urgency.NORMAL,
    values: dict | None = None,
    presets: dict | None = None,
    answers=(),
    form=None,
    source_page=None,
    status=None,
    assignee=None,
    group=None,
    tell=(),
    channel: str = Channel.FORM,
    follow_up_to: Ticket | None = None,
    submission_key=None,
    at=None,
    notify: bool = True,
) -> Ticket:
    """Open a ticket for ``requester``, a member, and return it.

    :param body: Markdown; the first message of the conversation.
    :param attachments: uploaded files, kept with that message.
    :param followers: members of the requester's organization.
    :param values: ticket fields by key, in the stored form of their types; a file as one.
    :param presets: the same, given by whoever made the form: also fields that only the team sets.
        What was answered goes before.
    :param answers: answers to questions of the form alone, see ``fields.form.answer``.
    :param form: the form page that was sent.
    :param source_page: the page in which the form stood, if it was not its own.
    :param group: the group of agents who look after the ticket.
    :param tell: addresses of the team that hear of this ticket, beside the team's own.
    :param follow_up_to: a ticket of the same organization that ``by`` may read. When that one is
        private, so is the new one.
    :param submission_key: with a key that the requester sent before, the ticket of that time
        is returned and nothing is opened.
    :raises NotAllowed: also when a customer opens a ticket for somebody else.
    :raises Invalid: with the names of the arguments at fault.
    """
    by.require(Verb.OPEN)
    if by.member is not None and by.member != requester:
        raise Invalid({"requester": gettext("You can open tickets only for yourself.")})
    if at is None:
        count(by, "TICKETS_PER_HOUR")

    subject = clean_subject(subject)
    if urgency not in Urgency.values:
        raise Invalid({"urgency": gettext("Choose one of the urgencies.")})
    if any(member.organization_id != requester.organization_id for member in followers):
        raise Invalid({"followers": gettext("Followers must be of the same organization.")})
    followers = list({member.pk: member for member in followers if member != requester}.values())
    if follow_up_to is not None:
        by.require(Verb.VIEW, follow_up_to)
        if follow_up_to.organization_id != requester.organization_id:
            raise Invalid({"follow_up_to": gettext("That ticket is of another organization.")})
    body = clean_body(body, needed=False)
    around = {"organization": requester.organization, "site": site}
    values = {
        **clean_values(presets or {}, by=Actor.system(), **around),
        **clean_values(values or {}, by=by, **around),
    }
    values, answers, files = take_files(values, answers)
    status = status or _first_status(PortalSettings.of_site(site).statuses)
    at = at or timezone.now()

    # Outside of the transaction, which would give the same one again when it is undone.
    number = TicketNumber.allocate()
    while True:
        try:
            with (
                transaction.atomic(),
                kept_files(by, site, attachments, field_files=files) as keep,
            ):
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
                    private=follow_up_to is not None and follow_up_to.private,
                    language=get_language() or "",
                    opened_at=at,
                    updated_at=at,
                    team_updated_at=at,
                    closed_at=at if status.is_closed else None,
                    waiting_since=None if status.is_closed else at,
                    submission_key=submission_key,
                )
                member = None if by.is_team and not by.is_system else requester
                message = write(
                    ticket, by=by, kind=MessageKind.REPLY, body=body, at=at, member=member
                )
                ticket.save(update_fields=["last_reply"])
                keep(message, at)
                search.backend().add(ticket, message, opening=True)
                keep.for_ticket(ticket, files, at)
                Follower.objects.bulk_create(
                    Follower(ticket=ticket, member=follower, added_by=by.user, created_at=at)
                    for follower in followers
                )
                origin = {"follow_up_to": follow_up_to.number} if follow_up_to else {}
                record(ticket, "open_ticket", by=by, at=at, channel=str(channel), **origin)
                signals.ticket_opened.send(
                    sender=Ticket,
                    ticket=ticket,
                    message=message,
                    followers=followers,
                    tell=tell,
                    by=by,
                    notify=notify,
                )
            return ticket
        except IntegrityError:
            if not Status.objects.filter(pk=status.pk).exists():
                # Deleted while the cache still knew it.
                status = _first_status(list(Status.objects.all()))
                continue
            # Imported tickets keep the numbers that they had elsewhere.
            if not Ticket.objects.filter(number=number).exists():
                raise
            number = TicketNumber.allocate_free()


def _first_status(statuses: list[Status]) -> Status:
    """The status of a new ticket, whatever editors have made of the statuses."""
    new = next((row for row in statuses if row.state == State.NEW), None)
    return new or next((row for row in statuses if not row.is_closed), statuses[0])
