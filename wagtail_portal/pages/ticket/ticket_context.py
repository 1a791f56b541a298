"""Everything on a ticket's page except for the conversation."""

from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from wagtail_portal.columns import prepare_columns, with_member_names
from wagtail_portal.fields.form import answer_html
from wagtail_portal.log_entries import Reader
from wagtail_portal.models import (
    Member,
    PortalSettings,
    Ticket,
    can_be_rated,
    display_name,
    expected_first_reply,
    guests_of,
    rating_of,
    share_statuses,
    takes_part,
    waiting_label,
)
from wagtail_portal.pages import drafts
from wagtail_portal.pages.forms import display_context, form_context
from wagtail_portal.permissions import Actor, Verb

from . import timeline
from .forms import CustomerFieldsForm, RatingForm
from .participants import load_participants, visibility_lines

#: How many followers are shown beside the conversation.
FOLLOWERS_SHOWN = 6

#: The routes to which the forms on a ticket are sent, by their names in templates.
POSTS = {
    "fields": "portal_ticket_fields",
    "close": "portal_ticket_close",
    "reopen": "portal_ticket_reopen",
    "following": "portal_ticket_following",
    "followers": "portal_ticket_followers",
    "guests": "portal_ticket_guests",
    "privacy": "portal_ticket_privacy",
    "rating": "portal_ticket_rating",
    "follow_up": "portal_ticket_follow_up",
}


class TicketContext:
    """Builds the template context of a ticket, except for its messages and the reply form.

    :param bound: forms that were sent and come back with errors, by name.
    """

    def __init__(self, page, request, member: Member, conversation, bound: dict):
        self.page, self.request, self.member = page, request, member
        self.ticket, self.bound = conversation.ticket, bound
        self.settings = PortalSettings.current(request)
        self.actor = Actor.for_member(member)
        self.can_edit = self.actor.may(Verb.CHANGE)
        self.locked = self.settings.locks(self.ticket)
        self.may_reply = self.actor.may(Verb.REPLY) and not self.locked
        self.designated = {row.key: row for row in self.settings.designated("on_ticket")}
        log = timeline.log_entries(conversation, set(self.designated))
        share_statuses(log, self.settings.statuses)
        self.participants = load_participants(self.ticket, member, timeline.mentioned(log))
        self.ticket.followed = self.participants.follows
        waiting = "" if takes_part(self.ticket, member) else waiting_label(self.ticket)
        reader = Reader(member, self.participants.name_of, self.designated, waiting)
        self.events = timeline.events(log, reader)

    def url(self, name: str, number: int | None = None) -> str:
        """Return the URL of a route of this ticket, or of the ticket with that number."""
        return self.page.portal_url(self.request, name, number or self.ticket.number)

    def build(self) -> dict:
        """Return the context."""
        ticket, closed = self.ticket, self.ticket.status.is_closed
        fields_form = self.fields_form()
        display = display_context(self.request, self.page)
        guests = list(guests_of(ticket)) if self.settings.customers_share else []
        return {
            "details": self.details(display, set(fields_form.specs) if fields_form else set()),
            "fields_form": fields_form,
            "participants": self.participants,
            "suggested_followers": self.participants.suggested
            if self.actor.may(Verb.REPLY)
            else [],
            "more_followers": max(0, self.participants.followers_total - FOLLOWERS_SHOWN),
            "visibility_lines": visibility_lines(self.participants, guests),
            "guests": guests,
            "can_share": self.settings.customers_share and self.actor.may_share(ticket),
            "urls": {name: self.url(route) for name, route in POSTS.items()},
            "expected": self.expected,
            "can_reply": self.may_reply,
            "can_close": self.can_edit and not closed and self.has_status(is_closed=True),
            "can_reopen": self.can_edit
            and closed
            and not self.locked
            and self.has_status(is_closed=False),
            # A merged ticket continues in the one that it was merged into.
            "can_follow_up": self.actor.may(Verb.OPEN) and self.locked and not ticket.merged_number,
            "can_set_privacy": self.can_edit and ticket.requester_id == self.member.pk,
            "can_change_followers": self.actor.may(Verb.REPLY),
            "closed": closed,
            # Editors can let a ticket stay closed when the customer only says thank you.
            "reply_reopens": closed and ticket.status.after_customer_reply_id != ticket.status_id,
            "locked": self.locked,
            "origin": self.link(ticket.origin_number),
            "follow_up": self.link(ticket.follow_up_number),
            "merged": self.link(ticket.merged_number),
            "rating_form": self.rating_form(),
            "unsent": {name: self.unsent(name) for name in ("fields", "rating")},
            "rating": self.own_rating,
        }

    @property
    def expected(self) -> dict | None:
        """Who is looking after the ticket and when to expect the first reply, as far as customers
        may know, until there is one."""
        if self.ticket.first_answered_at is not None or self.ticket.status.is_closed:
            return None
        at = expected_first_reply(self.ticket, self.settings)
        agent = self.ticket.assignee if "assignee" in self.designated else None
        name = display_name(agent, from_team=True) if agent else ""
        return {"at": at, "is_late": at and at < timezone.now(), "name": name}

    @property
    def answers(self) -> list[dict]:
        """The answers to the form, with the labels that the questions had then; only those that
        aren't empty."""
        display = display_context(self.request, self.page)
        shown = [(row.get("label", ""), answer_html(row, display)) for row in self.ticket.answers]
        return [{"label": label, "html": html} for label, html in shown if html]

    def has_status(self, *, is_closed: bool) -> bool:
        """Return whether editors kept a status to close a ticket with, or to reopen it."""
        return any(row.is_closed == is_closed for row in self.settings.statuses)

    def details(self, display, editable: set[str]) -> list[dict]:
        """Return the designated fields of the ticket that have a value, in the editors' order.

        :param display: knows the URLs of files and the names of members.
        :param editable: keys of those that the member can change here.
        """
        shown = [row for key, row in self.designated.items() if key not in ("status", "requester")]
        columns = prepare_columns([row.column for row in shown], [self.ticket], display)
        return [
            {
                "key": column.key,
                "label": column.label,
                "html": html,
                "editable": column.key in editable,
            }
            for column in columns
            if (html := column.html(self.ticket))
        ]

    def link(self, number: int | None) -> dict | None:
        """Return the number and URL of a related ticket; None without one."""
        return {"number": number, "url": self.url("portal_ticket", number)} if number else None

    def fields_form(self) -> CustomerFieldsForm | None:
        """Return the form for the fields that the member can change; None without any."""
        if "fields" in self.bound:
            return self.bound["fields"]
        rows = self.settings.editable
        if not rows or not self.can_edit or self.locked:
            return None
        # Sent when the session had expired.
        unsent = drafts.load(self.request, self.url("portal_ticket_fields"))
        data = MultiValueDict(unsent) if unsent else None
        context = with_member_names(
            form_context(self.request, self.member),
            [row.ticket_field for row in rows if row.ticket_field],
            [self.ticket],
        )
        return CustomerFieldsForm(data, ticket=self.ticket, designations=rows, context=context)

    def unsent(self, name: str) -> str:
        """Return what to tell about a form of this ticket that was sent before signing in."""
        return "" if name in self.bound else drafts.notice(self.request, self.url(POSTS[name]))

    @property
    def own_rating(self):
        """The member's rating of their own ticket; other people's ratings stay private."""
        return rating_of(self.ticket) if self.ticket.requester_id == self.member.pk else None

    def rating_form(self) -> RatingForm | None:
        """Return the form for a rating; None if the member isn't asked for one."""
        if "rating" in self.bound:
            return self.bound["rating"]
        if not may_rate(self.ticket, self.member, self.settings):
            return None
        unsent = drafts.initial(self.request, self.url("portal_ticket_rating"))
        initial = {key.removeprefix("rating-"): value for key, value in unsent.items()}
        return RatingForm(rating=self.own_rating, initial=initial)


def may_rate(ticket: Ticket, member: Member, settings: PortalSettings) -> bool:
    """Return whether the member can rate the ticket or still change their rating."""
    is_asked = settings.ask_satisfaction and ticket.requester_id == member.pk
    return is_asked and Actor.for_member(member).may(Verb.CHANGE) and can_be_rated(ticket)
