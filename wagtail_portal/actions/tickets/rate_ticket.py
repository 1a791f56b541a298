"""Rate how a ticket was handled."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import PortalSettings, Rating, Score, Ticket, can_be_rated
from wagtail_portal.permissions import Verb
from wagtail_portal.utils import markup

from ._ticket import lock_for

COMMENT_MAX_LENGTH = 2000


def rate_ticket(
    ticket: Ticket, *, by, score: str, comment: str = "", at=None, notify: bool = True
) -> Rating:
    """Save the requester's rating in place of an earlier one, and return it.

    :param score: one of :class:`~wagtail_portal.models.Score`.
    :raises NotAllowed: unless ``by`` is the requester, and the portal asks for ratings.
    :raises Invalid: with the names of the arguments at fault, or without one when the ticket is
        open, or was closed or rated too long ago.
    """
    by.require(Verb.CHANGE, ticket)
    asks = PortalSettings.for_site(ticket.site).ask_satisfaction
    if by.member is None or by.member.pk != ticket.requester_id or not asks:
        raise NotAllowed(Verb.CHANGE)
    if score not in Score.values:
        raise Invalid({"score": gettext("Select one of the answers.")})
    comment = markup.clean(comment)
    if len(comment) > COMMENT_MAX_LENGTH:
        raise Invalid(
            {
                "comment": gettext("The comment can be up to %(limit)d characters long.")
                % {"limit": COMMENT_MAX_LENGTH}
            }
        )
    at = at or timezone.now()
    with transaction.atomic():
        lock_for("rate_ticket", ticket, by=by, at=at)
        rating = Rating.objects.filter(ticket=ticket).first()
        if rating and (rating.score, rating.comment) == (score, comment):
            return rating
        if not can_be_rated(ticket, at):
            raise Invalid(gettext("This ticket can no longer be rated, or it was reopened."))
        rating = rating or Rating(ticket=ticket, member=by.member, created_at=at)
        rating.score, rating.comment, rating.updated_at = score, comment, at
        rating.save()
        # Without the comment, which the log would hold longer than the rating does.
        record(ticket, "rate_ticket", by=by, at=at, score=str(score))
        signals.ticket_rated.send(sender=Rating, ticket=ticket, rating=rating, by=by, notify=notify)
    return rating
