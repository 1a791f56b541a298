"""Daily summaries: what waits for somebody becomes one mail, which goes the way of all others."""

import uuid

from django.db import transaction
from django.utils.translation import gettext, ngettext

from wagtail_portal.models import RETRY_PERIOD, Delivery, Event, Notification
from wagtail_portal.portal_urls import ticket_url

from .changes import changes_in_words, status_in_words
from .emails import context_of, desk_url
from .recipients import may_still_hear
from .senders import author_of

RELATED = (
    *("recipient", "actor", "message__author", "site", "ticket__site", "ticket__status"),
    *("ticket__organization", "member__role", "member__organization"),
)


def collect(now, *, everything: bool = False) -> int:
    """Write a summary for everybody for whom one is due; says how many.

    Any number of processes can do so at once.

    :param everything: also what is not due yet.
    """
    waiting = Notification.objects.filter(state=Delivery.DIGEST)
    due = waiting if everything else waiting.filter(due_at__lte=now)
    people = due.order_by().values_list("recipient", "address", "to_team", "site").distinct()
    return sum(_collect_for(waiting, person, now) for person in list(people))


def _collect_for(waiting, person, now) -> bool:
    recipient, address, to_team, site = person
    same = {"recipient": recipient, "address": address, "to_team": to_team, "site": site}
    with transaction.atomic():
        member = waiting.filter(**same).values_list("member", flat=True).first()
        summary = Notification.objects.create(
            event=Event.DIGEST,
            recipient_id=recipient,
            address=address,
            to_team=to_team,
            member_id=member,
            site_id=site,
            by_team=True,
            batch=uuid.uuid4(),
            created_at=now,
            due_at=now,
            give_up_at=now + RETRY_PERIOD,
        )
        # Whoever comes second finds nothing left.
        taken = waiting.filter(**same).update(state=Delivery.SENT, sent_at=now, digest=summary)
        if not taken:
            summary.delete()
    return bool(taken)


def digest_context(summary: Notification) -> dict:
    """What the templates of a summary know."""
    context = context_of(summary)
    parts = summary.parts.select_related(*RELATED).order_by("created_at", "pk")
    tickets = {}
    for part in parts:
        if part.ticket is None or not may_still_hear(part):
            continue
        hides = context["portal"].mails_without_content
        row = tickets.setdefault(part.ticket_id, _row(part, hides))
        row["lines"] += _lines(part, hides)
    return {**context, "author": context["portal_name"], "tickets": list(tickets.values())}


def _row(part, hides) -> dict:
    ticket = part.ticket
    url = desk_url(ticket) if part.to_team else ticket_url(ticket)
    number = gettext("Ticket #%(number)s") % {"number": ticket.number}
    title = number if hides else f"{ticket.subject} (#{ticket.number})"
    return {"title": title, "url": url, "lines": []}


def _lines(part, hides) -> list[str]:
    author = author_of(part)
    if part.event == Event.STATUS_CHANGED:
        return [gettext("Status changed to %(status)s") % {"status": status_in_words(part)}]
    if part.event == Event.FIELDS_CHANGED:
        lines = changes_in_words(part)
        if not hides:
            return lines
        return [ngettext("A field was changed", "Fields were changed", len(lines))]
    if part.event == Event.REPLY_ADDED:
        return [gettext("%(name)s replied") % {"name": author}]
    if part.event == Event.TICKET_OPENED:
        return [gettext("%(name)s opened the ticket") % {"name": author}]
    return [part.get_event_display()]
