"""When customers can expect the first reply to a ticket."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from wagtail_portal.utils.business_hours import OpenTime
from wagtail_portal.utils.shared_cache import shared_cache

from .settings import PortalSettings
from .statuses import State
from .tickets import Channel, Ticket

#: What happened before doesn't say much about today.
PERIOD = timedelta(days=90)
#: The newest tickets of the period that are counted, and how many of them are needed.
COUNTED, NEEDED = 300, 20
#: Eight of ten tickets were answered as fast as that.
SHARE = 0.8
#: A time further away isn't worth announcing.
LONGEST = timedelta(days=6)
#: Seconds for which the result is kept.
KEPT = 3600
_NOTHING = -1


def expected_first_reply(
    ticket: Ticket, portal: PortalSettings, now: datetime | None = None
) -> datetime | None:
    """Return by when the team usually replies to a ticket like this one, rounded up to a quarter of
    an hour; None if it has replied, or if nothing honest can be said.

    It depends on the support hours, and on the tickets that were opened in this portal within
    :data:`PERIOD`. One query at most, and none for an hour after that.
    """
    if ticket.first_answered_at is not None or ticket.channel == Channel.IMPORT:
        return None
    if ticket.status.state not in (State.NEW, State.WAITING_ON_US):
        return None
    usual = usual_time(portal, now or timezone.now())
    if usual is None:
        return None
    opened = ticket.opened_at
    time = OpenTime(portal.openings, portal.support_time_zone, opened, opened + 2 * LONGEST)
    at = time.after(opened, usual)
    if at is None or at - opened > LONGEST:
        return None
    quarter = timedelta(minutes=15)
    return at + (datetime.min.replace(tzinfo=at.tzinfo) - at) % quarter


def usual_time(portal: PortalSettings, now: datetime) -> timedelta | None:
    """Return within how much support time most tickets get their first reply; None if there are too
    few of them."""
    key = f"wagtail_portal:first_reply:{portal.site_id}"
    seconds = shared_cache.get(key)
    if seconds is None:
        seconds = _usual_seconds(portal, now)
        shared_cache.set(key, seconds, KEPT)
    return None if seconds == _NOTHING else timedelta(seconds=seconds)


def _usual_seconds(portal: Any, now: datetime) -> float:
    tickets = Ticket.objects.filter(site=portal.site_id, opened_at__gte=now - PERIOD)
    # Whoever is called and opens a ticket for a customer has answered before.
    tickets = tickets.filter(channel__in=(Channel.FORM, Channel.MAIL, Channel.API))
    # A ticket that was closed without a reply says nothing.
    answered_or_open = tickets.exclude(status__state=State.CLOSED, first_answered_at=None)
    newest = answered_or_open.order_by("-opened_at", "-pk")
    rows = list(newest.values_list("opened_at", "first_answered_at")[:COUNTED])
    if sum(answered is not None for _opened, answered in rows) < NEEDED:
        return _NOTHING
    time = OpenTime(portal.openings, portal.support_time_zone, now - PERIOD, now)
    # Those that still wait take at least as long as they've waited.
    waited = sorted(
        (time.between(opened, answered or now), answered is None) for opened, answered in rows
    )
    longest, still_waits = waited[int(len(waited) * SHARE)]
    return _NOTHING if still_waits else longest.total_seconds()
