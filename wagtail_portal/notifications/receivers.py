"""From what happened to rows that say who is to be told, in the same transaction."""

import uuid

from django.utils import timezone
from wagtail.models import Site

from wagtail_portal import signals
from wagtail_portal.models import (
    RETRY_PERIOD,
    Delivery,
    EmailTemplate,
    Event,
    Notification,
    PortalSettings,
    When,
    next_digest,
    preview_requested,
)

from . import after_response
from .codes import on_code_requested, on_sign_in_code_requested
from .invitations import on_member_invited
from .joining import who_decides
from .preview import preview
from .recipients import group_members, recipients
from .tasks import send_soon


def connect() -> None:
    """Listen to the actions."""
    uid = "wagtail_portal.notifications"
    signals.ticket_opened.connect(on_ticket_opened, dispatch_uid=uid)
    signals.reply_added.connect(on_reply_added, dispatch_uid=uid)
    signals.status_changed.connect(on_status_changed, dispatch_uid=uid)
    signals.fields_changed.connect(on_fields_changed, dispatch_uid=uid)
    signals.ticket_assigned.connect(on_ticket_assigned, dispatch_uid=uid)
    signals.agents_mentioned.connect(on_agents_mentioned, dispatch_uid=uid)
    signals.member_invited.connect(on_member_invited, dispatch_uid=uid)
    signals.join_requested.connect(on_join_requested, dispatch_uid=uid)
    signals.code_requested.connect(on_code_requested, dispatch_uid=uid)
    signals.sign_in_code_requested.connect(on_sign_in_code_requested, dispatch_uid=uid)
    signals.emails_retried.connect(on_emails_retried, dispatch_uid=uid)
    after_response.connect()
    preview_requested.connect(preview, sender=EmailTemplate, dispatch_uid=uid)
    signals.member_invited.connect(on_member_invited, dispatch_uid=uid)


def on_ticket_opened(*, ticket, message, followers, tell, by, notify, **kwargs):
    """Confirm to the requester, and tell who takes part."""
    if notify:
        told = recipients(Event.TICKET_OPENED, ticket, by, followers=followers, tell=tell)
        _tell(Event.TICKET_OPENED, ticket, told, by=by, message=message)


def on_reply_added(*, ticket, message, by, notify, **kwargs):
    """Tell the others who take part."""
    if notify:
        told = recipients(Event.REPLY_ADDED, ticket, by)
        _tell(Event.REPLY_ADDED, ticket, told, by=by, message=message)


def on_status_changed(*, ticket, old, new, by, notify, **kwargs):
    """Tell who takes part, in the words for customers; and ask the requester how it was."""
    if not notify:
        return
    portal = PortalSettings.of_site(ticket.site)
    is_shown = any(row.builtin == "status" for row in portal.designated("on_ticket"))
    # Two statuses of the team may be one to customers.
    is_news = is_shown and old.label != new.label
    told = recipients(Event.STATUS_CHANGED, ticket, by, customers=is_news)
    if portal.ask_satisfaction and new.is_closed and not old.is_closed and not _is_by(ticket, by):
        told = [row for row in told if row.member is None or row.member.pk != ticket.requester_id]
        asked = recipients(Event.SATISFACTION_ASKED, ticket, by)
        _tell(Event.SATISFACTION_ASKED, ticket, asked, by=by)
    data = {"old": old.in_words(), "new": new.in_words()}
    _tell(Event.STATUS_CHANGED, ticket, told, by=by, data=data)


def on_fields_changed(*, ticket, changes, urgency, by, notify, **kwargs):
    """Tell who takes part, customers only of fields that are designated."""
    if not notify:
        return
    data = {f"field:{key}": list(both) for key, both in changes.items()}
    if urgency:
        data["urgency"] = [str(value) for value in urgency]
    portal = PortalSettings.of_site(ticket.site)
    shown = {row.key for row in portal.designated("on_ticket")}
    told = recipients(Event.FIELDS_CHANGED, ticket, by, customers=bool(shown & data.keys()))
    _tell(Event.FIELDS_CHANGED, ticket, told, by=by, data={"changes": data})


def on_ticket_assigned(*, ticket, old, new, old_group, new_group, by, notify, **kwargs):
    """Tell whoever it is now up to: a person before a group."""
    if not notify:
        return
    if new is not None and new != old:
        agents = [new]
    elif ticket.assignee_id is None and new_group is not None and new_group != old_group:
        agents = list(group_members(new_group.pk))
    else:
        return
    told = recipients(Event.TICKET_ASSIGNED, ticket, by, agents=agents)
    group = "" if new is not None else new_group.name
    _tell(Event.TICKET_ASSIGNED, ticket, told, by=by, data={"group": group})


def on_agents_mentioned(*, ticket, agents, by, notify, **kwargs):
    """Tell those who are named in a note; what the note says stays in the admin."""
    if notify:
        told = recipients(Event.AGENTS_MENTIONED, ticket, by, agents=agents)
        _tell(Event.AGENTS_MENTIONED, ticket, told, by=by)


def on_join_requested(*, join_request, site, by, notify, **kwargs):
    """Tell who can let them in."""
    if notify:
        site = site or Site.objects.get(is_default_site=True)
        told = who_decides(join_request.organization, site)
        _write(Event.JOIN_REQUESTED, site, told, by=by, data={"join_request": join_request.pk})


def on_emails_retried(*, mails, **kwargs):
    """Send them now, and not when the sweeper comes by."""
    batches = Notification.objects.filter(pk__in=mails).values_list("batch", flat=True)
    for batch in set(batches):
        send_soon(batch)


def _is_by(ticket, by) -> bool:
    return by.member is not None and by.member.pk == ticket.requester_id


def _tell(event, ticket, told, *, by, **what) -> None:
    _write(event, ticket.site, told, by=by, ticket=ticket, **what)


def _write(event, site, told, *, by, **what) -> None:
    batch, now = uuid.uuid4(), timezone.now()
    rows = []
    for recipient in told:
        waits = recipient.when == When.DAILY
        rows.append(
            Notification(
                event=event,
                recipient=recipient.user,
                member=recipient.member,
                address=recipient.address,
                to_team=recipient.to_team,
                site=site,
                actor=by.user,
                by_team=by.is_team,
                batch=batch,
                created_at=now,
                state=Delivery.DIGEST if waits else Delivery.DUE,
                due_at=next_digest(now, recipient.time_zone) if waits else now,
                give_up_at=now + RETRY_PERIOD,
                **what,
            )
        )
    if rows:
        Notification.objects.bulk_create(rows)
        send_soon(batch)
