"""Digests: waiting notifications become parts of one email, which is sent like any other."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal.actions._locks import lock_rows
from wagtail_portal.events import get_event
from wagtail_portal.models import Delivery, Notification
from wagtail_portal.portal_urls import ticket_url

from .context import admin_url, desk_url
from .descriptions import label_line
from .recipients import may_receive
from .rerouting import notify_mailbox_instead

RELATED = (
    *("recipient", "actor", "message__author", "site", "ticket__site", "ticket__status"),
    *("ticket__organization", "member__role", "member__organization"),
)


def collect_digests(now=None, *, everything: bool = False, most: int | None = None) -> int:
    """Write a digest for everyone for whom one is due, and return how many.

    Any number of processes can run this at once.

    :param everything: includes what isn't due yet.
    :param most: how many to write now; None for all.
    """
    now = now or timezone.now()
    waiting = Notification.objects.filter(state=Delivery.DIGEST)
    due = waiting if everything else waiting.filter(due_at__lte=now)
    people = due.order_by().values("recipient", "email", "to_team", "site").distinct()
    return sum(_collect_for(waiting, person, now) for person in list(people[:most]))


def _collect_for(waiting, person, now) -> bool:
    parts = waiting.filter(**person)
    newest = parts.select_related("ticket").first()
    if newest is None:
        # Another process was faster.
        return False
    with transaction.atomic():
        digest = Notification.objects.create(
            event="digest",
            recipient_id=person["recipient"],
            email=person["email"],
            to_team=person["to_team"],
            member_id=newest.member_id,
            # For those who haven't chosen one: the language in which they get other emails.
            language=newest.language or (newest.ticket.language if newest.ticket else ""),
            site_id=person["site"],
            by_team=True,
            created_at=now,
            due_at=now,
        )
        # In the order in which an action that deletes several locks them.
        found = lock_rows(parts)
        collected = Notification.objects.filter(pk__in=found).update(
            state=Delivery.SENT, sent_at=now, digest=digest
        )
        if not collected:
            digest.delete()
    return bool(collected)


def digest_context(digest: Notification, context: dict) -> dict | None:
    """Return what a digest says; None if the recipient may know of nothing in it."""
    without_content = context["portal"].emails_without_content
    parts = digest.parts.select_related(*RELATED).order_by("pk")
    tickets: dict = {}
    for part in parts:
        if part.ticket is not None and not may_receive(part):
            notify_mailbox_instead(part)
        elif part.ticket is not None:
            describe = get_event(part.event).digest_lines or label_line
            if lines := describe(part, without_content):
                row = tickets.setdefault(part.ticket_id, _ticket_row(part, without_content))
                row["lines"] += lines
    if not tickets:
        return None
    found = {"author": context["portal_name"], "tickets": list(tickets.values())}
    if digest.to_team:
        # Agents have no access to the portal.
        found["url"] = admin_url("wagtailsnippets_wagtail_portal_ticket:list")
        found["button"] = gettext("Go to tickets")
    return found


def _ticket_row(part, without_content) -> dict:
    ticket = part.ticket
    url = desk_url(ticket) if part.to_team else ticket_url(ticket)
    number = gettext("Ticket #%(number)s") % {"number": ticket.number}
    title = number if without_content else f"{ticket.subject} (#{ticket.number})"
    return {"title": title, "url": url, "lines": []}
