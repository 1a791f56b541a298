"""The built-in events. Each is declared here, and everything else about it follows."""

from django.utils.translation import gettext_lazy as _

from wagtail_portal import signals
from wagtail_portal.events import PLACEHOLDERS, Event, Frequency, Preference
from wagtail_portal.permissions import Actor, Verb

from . import descriptions, recipients, signal_receivers
from .context import (
    address_context,
    changes_context,
    join_request_context,
    member_context,
    problems_context,
    rating_context,
)
from .digests import digest_context
from .notify import register_event

EVENTS = [
    Event(
        key="ticket_opened",
        label=_("Ticket opened"),
        signal=signals.ticket_opened,
        receiver=signal_receivers.on_ticket_opened,
        recipients=(*recipients.TAKING_PART, recipients.team_mailbox),
        notifies_watchers=True,
        member_preference=Preference(_("A ticket is opened")),
        agent_preference=Preference(_("A ticket of mine is opened")),
        opens_ticket=True,
        shows_message=True,
        is_editable=True,
        digest_lines=descriptions.opened_line,
    ),
    Event(
        key="reply_added",
        label=_("Reply"),
        signal=signals.reply_added,
        recipients=(
            *(*recipients.TAKING_PART, recipients.team_mailbox_if_unassigned),
            *(recipients.guests, recipients.copied),
        ),
        notifies_watchers=True,
        member_preference=Preference(_("Someone replies")),
        agent_preference=Preference(_("Someone replies to a ticket of mine")),
        shows_message=True,
        button=_("Read and reply"),
        is_editable=True,
        digest_lines=descriptions.reply_line,
    ),
    Event(
        key="ticket_assigned",
        label=_("Ticket assigned"),
        signal=signals.ticket_assigned,
        receiver=signal_receivers.on_ticket_assigned,
        recipients=(recipients.concerned_agents,),
        agent_preference=Preference(_("A ticket is assigned to me or my group")),
        digest_lines=descriptions.label_line,
    ),
    Event(
        key="agents_mentioned",
        label=_("Mentioned"),
        signal=signals.agents_mentioned,
        recipients=(recipients.concerned_agents,),
        agent_preference=Preference(_("Someone mentions me")),
        button=_("Read and reply"),
        digest_lines=descriptions.label_line,
    ),
    Event(
        key="note_added",
        label=_("Internal note"),
        signal=signals.note_added,
        receiver=signal_receivers.on_note_added,
        recipients=(recipients.assignee,),
        agent_preference=Preference(_("Someone adds an internal note to a ticket of mine")),
        digest_lines=descriptions.label_line,
    ),
    Event(
        key="status_changed",
        label=_("Status changed"),
        signal=signals.status_changed,
        receiver=signal_receivers.on_status_changed,
        recipients=(recipients.participants, recipients.assignee),
        notifies_watchers=True,
        member_preference=Preference(_("The status changes")),
        agent_preference=Preference(_("The status of a ticket of mine changes"), Frequency.NEVER),
        is_editable=True,
        digest_lines=descriptions.status_line,
    ),
    Event(
        key="fields_changed",
        label=_("Fields changed"),
        signal=signals.fields_changed,
        receiver=signal_receivers.on_fields_changed,
        recipients=(recipients.participants, recipients.assignee),
        notifies_watchers=True,
        member_preference=Preference(_("A field changes"), Frequency.DAILY),
        agent_preference=Preference(_("A field of a ticket of mine changes"), Frequency.NEVER),
        context=changes_context,
        is_editable=True,
        digest_lines=descriptions.field_lines,
    ),
    Event(
        key="satisfaction_asked",
        label=_("Asked for a rating"),
        signal=signals.status_changed,
        receiver=signal_receivers.on_ticket_closed,
        recipients=(recipients.requester,),
        member_preference=Preference(
            _("We ask for a rating"), is_offered=lambda member, portal: portal.ask_satisfaction
        ),
        button=_("Rate our help"),
        is_editable=True,
        digest_lines=descriptions.label_line,
    ),
    Event(
        key="ticket_rated",
        label=_("Rating"),
        signal=signals.ticket_rated,
        recipients=(recipients.assignee_or_group, recipients.team_mailbox_if_unassigned),
        agent_preference=Preference(_("A ticket of mine is rated")),
        context=rating_context,
        digest_lines=descriptions.label_line,
    ),
    Event(
        key="follower_added",
        label=_("Added as a follower"),
        signal=signals.follower_changed,
        receiver=signal_receivers.on_follower_changed,
        recipients=(recipients.concerned_members,),
        member_preference=Preference(_("Someone adds me as a follower")),
        is_editable=True,
        digest_lines=descriptions.label_line,
    ),
    Event(
        key="requester_changed",
        label=_("Requester changed"),
        signal=signals.requester_changed,
        receiver=signal_receivers.on_requester_changed,
        recipients=(recipients.concerned_members,),
        is_editable=True,
        digest_lines=descriptions.label_line,
    ),
    Event(
        key="ticket_moved",
        label=_("Ticket moved"),
        signal=signals.ticket_moved,
        receiver=signal_receivers.on_ticket_moved,
        recipients=(recipients.concerned_members,),
        is_editable=True,
        digest_lines=descriptions.label_line,
    ),
    Event(
        key="tickets_merged",
        label=_("Tickets merged"),
        signal=signals.tickets_merged,
        receiver=signal_receivers.on_tickets_merged,
        recipients=(
            *(recipients.concerned_members, recipients.concerned_agents),
            recipients.assignee,
        ),
        is_editable=True,
        placeholders=(*PLACEHOLDERS, "merged"),
        digest_lines=descriptions.label_line,
    ),
    Event(
        key="member_added",
        label=_("Member added"),
        signal=signals.member_added,
        receiver=signal_receivers.on_member_added,
        recipients=(recipients.new_member,),
        context=member_context,
        button=_("Open the portal"),
        reason=_(
            "You’re receiving this email because someone gave this email address access to the"
            " portal."
        ),
    ),
    Event(
        key="join_requested",
        label=_("Join request"),
        signal=signals.join_requested,
        receiver=signal_receivers.on_join_requested,
        recipients=(recipients.managers_or_team,),
        member_preference=Preference(
            _("Someone requests to join my organization"),
            is_offered=lambda member, portal: Actor.for_member(member).may(Verb.CHANGE_MEMBER),
        ),
        may_receive=recipients.manages_members,
        context=join_request_context,
        button=_("View join requests"),
        reason=_(
            "You’re receiving this email because you manage the members of your organization."
        ),
    ),
    Event(
        key="member_invited",
        label=_("Invitation"),
        signal=signals.member_invited,
        receiver=signal_receivers.on_member_invited,
        may_receive=recipients.has_open_invitation,
        is_secret=True,
        template="wagtail_portal/email/invitation",
    ),
    Event(
        key="ticket_shared",
        label=_("Ticket shared"),
        signal=signals.ticket_shared,
        receiver=signal_receivers.on_ticket_shared,
        may_receive=recipients.has_guest,
        is_secret=True,
    ),
    Event(
        key="digest",
        label=_("Daily digest"),
        # Its parts are checked one by one.
        may_receive=lambda notification: True,
        context=digest_context,
        button=_("Open the portal"),
        reason=_("You receive this email once a day when there’s something new."),
    ),
    Event(
        key="address_failed",
        label=_("Undeliverable address"),
        signal=signals.address_failed,
        receiver=signal_receivers.on_address_failed,
        recipients=(recipients.assignee, recipients.team_mailbox),
        context=address_context,
        digest_lines=descriptions.label_line,
    ),
    Event(
        key="unknown_sender_answered",
        label=_("Answer to an unknown sender"),
        signal=signals.unknown_sender_answered,
        receiver=signal_receivers.on_unknown_sender_answered,
        button=_("Open the portal"),
        reason=_("You’re receiving this email because you wrote to us."),
    ),
    Event(
        key="problems_found",
        label=_("Problem found"),
        signal=signals.problems_found,
        receiver=signal_receivers.on_problems_found,
        recipients=(recipients.operators,),
        context=problems_context,
        button=_("View system status"),
        reason=_("You’re receiving this email because you’re in charge of this site."),
    ),
    Event(
        key="sign_in",
        label=_("Sign-in"),
        signal=signals.sign_in_code_requested,
        receiver=signal_receivers.on_sign_in_code_requested,
        is_secret=True,
        # Which one it is depends on the way of signing in; this is the usual one.
        template="wagtail_portal/signin/email/login_code",
    ),
    Event(
        key="request_code",
        label=_("Verification code for a form"),
        signal=signals.code_requested,
        receiver=signal_receivers.on_code_requested,
        is_secret=True,
    ),
]

for event in EVENTS:
    register_event(event)
