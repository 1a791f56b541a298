"""The requester's satisfaction rating."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import factories
from wagtail_portal import actions, signals
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import PortalSettings, Rating, Role, TicketLogEntry
from wagtail_portal.permissions import Actor


@pytest.fixture
def settings_of_portal(home):
    settings = PortalSettings.for_site(home.get_site())
    settings.ask_satisfaction = True
    settings.save()
    return settings


@pytest.fixture
def ticket(settings_of_portal, dana, customer):
    ticket = factories.ticket(dana)
    return actions.close_ticket(ticket, by=customer)


def test_rating_is_saved_once_and_can_be_changed(ticket, customer):
    heard = []
    listen = lambda **kwargs: heard.append(kwargs["rating"].score)  # noqa: E731
    signals.ticket_rated.connect(listen)
    try:
        for score in ("good", "good", "bad"):
            actions.rate_ticket(ticket, by=customer, score=score, comment=" Slow, but **fine** ")
    finally:
        signals.ticket_rated.disconnect(listen)
    rating = Rating.objects.get()
    assert (rating.score, rating.comment) == ("bad", "Slow, but **fine**")
    assert heard == ["good", "bad"]
    entries = TicketLogEntry.objects.filter(action="wagtail_portal.rate_ticket")
    assert [entry.data["score"] for entry in entries.order_by("id")] == ["good", "bad"]
    assert "Slow" not in str([entry.data for entry in entries])


def test_rating_is_only_possible_for_a_limited_time(ticket, customer):
    closed = ticket.closed_at
    with pytest.raises(Invalid):
        actions.rate_ticket(ticket, by=customer, score="bad", at=closed + timedelta(days=31))
    first = closed + timedelta(days=29)
    actions.rate_ticket(ticket, by=customer, score="bad", at=first)
    actions.rate_ticket(ticket, by=customer, score="fair", at=first + timedelta(days=6))
    late = first + timedelta(days=8)
    with pytest.raises(Invalid):
        actions.rate_ticket(ticket, by=customer, score="good", at=late)
    # Sending the same rating again isn't a change, so it's never too late.
    actions.rate_ticket(ticket, by=customer, score="fair", at=late)
    assert Rating.objects.get().score == "fair"


def test_open_ticket_cannot_be_rated(ticket, customer):
    actions.reopen_ticket(ticket, by=customer)
    with pytest.raises(Invalid):
        actions.rate_ticket(ticket, by=customer, score="good")


def test_only_the_requester_can_rate(ticket, acme, customer):
    admin = factories.member(acme, role=Role.ADMIN)
    follower = factories.member(acme)
    actions.follow(ticket, by=customer, member=follower)
    team = Actor.for_agent(factories.agent())
    for by in (Actor.for_member(admin), Actor.for_member(follower), team, Actor.system()):
        with pytest.raises(NotAllowed):
            actions.rate_ticket(ticket, by=by, score="good")
    assert not Rating.objects.exists()


def test_rating_is_rejected_when_ratings_are_switched_off(ticket, customer, settings_of_portal):
    settings_of_portal.ask_satisfaction = False
    settings_of_portal.save()
    with pytest.raises(NotAllowed):
        actions.rate_ticket(ticket, by=customer, score="good")


@pytest.mark.parametrize(
    ("given", "at_fault"),
    [({"score": "excellent"}, "score"), ({"score": "good", "comment": "x" * 2001}, "comment")],
)
def test_invalid_rating_is_rejected(ticket, customer, given, at_fault):
    with pytest.raises(Invalid) as error:
        actions.rate_ticket(ticket, by=customer, **given)
    assert set(error.value.errors) == {at_fault}


def test_rating_date_can_be_given(ticket, customer):
    at = timezone.now() - timedelta(minutes=5)
    ticket.closed_at = at - timedelta(days=1)
    ticket.save()
    assert actions.rate_ticket(ticket, by=customer, score="good", at=at).created_at == at
