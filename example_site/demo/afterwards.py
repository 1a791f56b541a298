"""What customers do besides writing: make tickets private, rate them and follow up on old ones."""

from datetime import datetime, timedelta
from random import Random

from django.contrib.auth import get_user_model

from wagtail_portal.actions import (
    change_fields,
    link_tickets,
    open_ticket,
    rate_ticket,
    save_filter,
    set_privacy,
)
from wagtail_portal.models import PortalSettings, Ticket
from wagtail_portal.permissions import Actor

#: Comments on tickets that went well, or not so well.
COMMENTS = {
    "good": ["Quick and clear, thank you.", "Answered by someone who knows the code.", "", "", ""],
    "fair": ["It works now, but it took three days to reach the right person.", "", ""],
    "bad": ["We were told to wait for the next release, but we couldn’t wait.", ""],
}
SCORES = ["good"] * 7 + ["fair"] * 2 + ["bad"]

FOLLOW_UP = (
    "It’s back: exactly the same problem as in #{number}, since this morning. Nothing has changed "
    "on our side.\n\nCould the fix have been lost in the last release?"
)


def add(site, customer, now: datetime) -> None:
    """Add all of it.

    :param customer: the organization whose members are named in the hints.
    """
    random = Random(1888)
    tickets = Ticket.objects.select_related("requester__user", "requester__role", "status", "form")
    delicate = 0
    for ticket in tickets.order_by("number"):
        by = Actor.for_member(ticket.requester)
        # Tickets about money and people aren't for everyone.
        delicate += ticket.form.slug != "problem"
        if ticket.form.slug != "problem" and delicate % 3 == 0:
            at = ticket.opened_at + timedelta(minutes=2)
            set_privacy(ticket, by=by, private=True, at=at, notify=False)
        if ticket.status.is_closed and random.random() < 0.4:
            _rate(ticket, by, now, random)
    ours = tickets.filter(organization=customer, form__slug="problem")
    _come_back(site, ours, now)
    _change_of_mind(ours, now)
    _same_thing(ours, now)
    _save_views()


def _same_thing(tickets, now) -> None:
    """Link the tickets of two people who report the same outage."""
    opened = tickets.exclude(status__state="closed").order_by("number")
    first = opened.first()
    other = (
        opened.exclude(pk=first.pk).exclude(requester=first.requester).first() if first else None
    )
    if other is not None:
        team = Actor.system()
        at = now - timedelta(minutes=30)
        link_tickets(other, by=team, target=first, kind="related", at=at, notify=False)


def _save_views() -> None:
    """Save two views: a private one of Hanna's, and one shared with the team."""
    users = get_user_model().objects.in_bulk(["hanna", "petra"], field_name="username")
    for username, name, query, shared in (
        ("hanna", "High and unassigned", "tab=unassigned&urgency=high&urgency=urgent", False),
        ("petra", "Longest waiting", "tab=waiting-on-us&ordering=waiting_since", True),
    ):
        by = Actor.for_agent(users[username])
        save_filter(by=by, name=name, query=query, shared=shared)


def _rate(ticket, by, now, random) -> None:
    at = ticket.closed_at + timedelta(minutes=random.randint(2, 600))
    if at < now:
        score = random.choice(SCORES)
        comment = random.choice(COMMENTS[score])
        rate_ticket(ticket, by=by, score=score, comment=comment, at=at, notify=False)


def _come_back(site, tickets, now) -> None:
    settings = PortalSettings.for_site(site)
    locked = (ticket for ticket in tickets.order_by("-number") if settings.locks(ticket, now))
    old = next(locked, None)
    if old is not None:
        open_ticket(
            site=site,
            requester=old.requester,
            by=Actor.for_member(old.requester),
            subject=f"Again: {old.subject}",
            body=FOLLOW_UP.format(number=old.number),
            form=old.form,
            values={key: old.values[key] for key in ("severity", "area") if key in old.values},
            follow_up_to=old,
            at=now - timedelta(minutes=11),
            notify=False,
        )


def _change_of_mind(tickets, now) -> None:
    """Raise the urgency of a ticket that turned out to be more serious."""
    ticket = tickets.exclude(status__state="closed").order_by("number").last()
    if ticket is not None:
        change_fields(
            ticket,
            by=Actor.for_member(ticket.requester),
            values={"severity": "blocking"},
            urgency="urgent",
            at=now - timedelta(minutes=5),
            notify=False,
        )
