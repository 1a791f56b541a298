"""Rate how a ticket was handled."""

from datetime import datetime

from django.utils.translation import gettext

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import PortalSettings, Rating, Score, Ticket, can_be_rated
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils import markup

from ._ticket import ticket_transaction

COMMENT_MAX_LENGTH = 2000


def rate_ticket(
    ticket: Ticket,
    *,
    by: Actor,
    score: str,
    comment: str = "",
    at: datetime | None = None,
    notify: bool = True,
) -> Rating:
    """Save the requester's rating in place of an earlier one, and return it.

    :param score: one of :class:`~wagtail_portal.models.Score`.
    :raises NotAllowed: unless ``by`` is the requester, and the portal asks for ratings.
    :raises Invalid: with the names of the arguments at fault, or without one when the ticket is
        open, or was closed or rated too long ago.
    """
    if score not in Score.values:
        raise Invalid({"score": gettext("Select one of the answers.")})
    comment = markup.clean(comment)
    if len(comment) > COMMENT_MAX_LENGTH:
        text = gettext("The comment can be up to %(limit)d characters long.")
        raise Invalid({"comment": text % {"limit": COMMENT_MAX_LENGTH}})
    with ticket_transaction("rate_ticket", ticket, by=by, verb=Verb.CHANGE, at=at) as at:
        asks = PortalSettings.for_site(ticket.site).ask_satisfaction
        if not (asks and by.is_requester_of(ticket)):
            raise NotAllowed(Verb.CHANGE)
        rating = Rating.objects.filter(ticket=ticket).first()
        if rating and (rating.score, rating.comment) == (score, comment):
            return rating
        if not can_be_rated(ticket, at):
            raise Invalid(gettext("This ticket can no longer be rated, or it was reopened."))
        rating = rating or Rating(ticket=ticket, member=by.member, created_at=at)
        rating.score, rating.comment, rating.updated_at = score, comment, at
        rating.save()
        # Without the comment, because the log outlives the rating.
        record(ticket, "rate_ticket", by=by, at=at, score=str(score))
        signals.ticket_rated.send(sender=Rating, ticket=ticket, rating=rating, by=by, notify=notify)
    return rating
