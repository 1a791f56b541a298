"""What stands on a ticket's page around the conversation."""

from django.utils.datastructures import MultiValueDict

from wagtail_portal.models import (
    Member,
    PortalSettings,
    Ticket,
    can_be_rated,
    rating_of,
)
from wagtail_portal.pages import drafts
from wagtail_portal.pages.columns import with_names
from wagtail_portal.pages.form_context import form_context, showing_context

from . import timeline
from .conversation import answers, details
from .fields_form import CustomerFieldsForm
from .forms import RatingForm
from .participants import Participants, load_participants, participants_in_words

#: How many followers stand beside the conversation.
FOLLOWERS_SHOWN = 6

#: The addresses beneath a ticket to which its forms go, by their names in templates.
POSTS = {
    "fields": "portal_ticket_fields",
    "close": "portal_ticket_close",
    "reopen": "portal_ticket_reopen",
    "following": "portal_ticket_following",
    "followers": "portal_ticket_followers",
    "privacy": "portal_ticket_privacy",
    "rating": "portal_ticket_rating",
    "follow_up": "portal_ticket_follow_up",
}


class TicketContext:
    """What the page of a ticket needs beside the messages and the form for a reply.

    :param bound: forms that were sent and came back with errors, by name.
    """

    def __init__(self, page, request, member: Member, conversation, bound: dict):
        self.page, self.request, self.member = page, request, member
        self.ticket, self.bound = conversation.ticket, bound
        self.settings = PortalSettings.current(request)
        self.can_edit = member.role.can_edit_tickets
        self.locked = self.settings.locks(self.ticket)
        self.designated = {row.key: row for row in self.settings.designated("on_ticket")}
        log = timeline.log_entries(conversation, set(self.designated))
        self.participants: Participants = load_participants(
            self.ticket, member, timeline.mentioned(log)
        )
        reader = timeline.Reader(member, self.participants, self.designated)
        self.events = timeline.events(log, reader)

    def url(self, name: str, number: int | None = None) -> str:
        """The address of a route of this ticket, or of another."""
        return self.page.portal_url(self.request, name, number or self.ticket.number)

    def build(self) -> dict:
        """The context."""
        ticket, closed = self.ticket, self.ticket.status.is_closed
        fields_form = self.fields_form()
        showing = showing_context(self.request, self.page)
        editable = set(fields_form.specs) if fields_form else set()
        shown = [row for key, row in self.designated.items() if key not in ("status", "requester")]
        return {
            "details": details(ticket, shown, editable, showing),
            "fields_form": fields_form,
            "answers": answers(ticket, showing),
            "participants": self.participants,
            "more_followers": max(0, self.participants.followers_total - FOLLOWERS_SHOWN),
            "participants_in_words": participants_in_words(self.participants),
            "urls": {name: self.url(route) for name, route in POSTS.items()},
            "can_reply": self.can_edit and not self.locked,
            "can_close": self.can_edit and not closed,
            "can_reopen": self.can_edit and closed and not self.locked,
            # What goes on elsewhere is answered there, by who may.
            "can_follow_up": self.can_edit and self.locked and not ticket.merged_number,
            "can_set_privacy": self.can_edit and ticket.requester_id == self.member.pk,
            "can_change_followers": self.can_edit,
            "closed": closed,
            # Editors can let a closed ticket stay closed when somebody says thank you.
            "reply_reopens": closed and ticket.status.after_customer_reply_id != ticket.status_id,
            "locked": self.locked,
            "origin": self.link(ticket.origin_number),
            "follow_up": self.link(ticket.follow_up_number),
            "merged": self.link(ticket.merged_number),
            "rating_form": self.rating_form(),
            "rating": self.own_rating,
        }

    def link(self, number: int | None) -> dict | None:
        """Number and address of a ticket that belongs to this one."""
        return number and {"number": number, "url": self.url("portal_ticket", number)}

    def fields_form(self) -> CustomerFieldsForm | None:
        """The form for what can be changed; None when there is nothing."""
        if "fields" in self.bound:
            return self.bound["fields"]
        rows = self.settings.editable
        if not rows or not self.can_edit or self.locked:
            return None
        # What was sent while the session had expired.
        kept = drafts.take(self.request, self.url("portal_ticket_fields"))
        data = MultiValueDict(kept) if kept else None
        context = with_names(form_context(self.request, self.member), rows, [self.ticket])
        return CustomerFieldsForm(data, ticket=self.ticket, designations=rows, context=context)

    @property
    def own_rating(self):
        """What the reader said about the ticket; that of others is none of their business."""
        return rating_of(self.ticket) if self.ticket.requester_id == self.member.pk else None

    def rating_form(self) -> RatingForm | None:
        """The question how it was, for who is asked."""
        if "rating" in self.bound:
            return self.bound["rating"]
        if not may_rate(self.ticket, self.member, self.settings):
            return None
        kept = drafts.initial(self.request, self.url("portal_ticket_rating"))
        initial = {key.removeprefix("rating-"): value for key, value in kept.items()}
        return RatingForm(rating=self.own_rating, initial=initial)


def may_rate(ticket: Ticket, member: Member, settings: PortalSettings) -> bool:
    """Whether the member is asked how it was, or can still change the answer."""
    is_asked = settings.ask_satisfaction and ticket.requester_id == member.pk
    return is_asked and member.role.can_edit_tickets and can_be_rated(ticket)
