"""The built-in events. Each is declared here, and everything else about it follows."""

from django.utils.translation import gettext_lazy as _

from wagtail_portal import signals
from wagtail_portal.events import Event, Frequency, Preference

from . import descriptions, recipients, signal_receivers
from .context import join_request_context
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
        recipients=(*recipients.TAKING_PART, recipients.team_mailbox_if_unassigned),
        notifies_watchers=True,
        member_preference=Preference(_("Somebody replies")),
        agent_preference=Preference(_("Somebody replies in one")),
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
        agent_preference=Preference(_("A ticket is assigned to me, or to my group")),
        digest_lines=descriptions.label_line,
    ),
    Event(
        key="agents_mentioned",
        label=_("Mentioned"),
        signal=signals.agents_mentioned,
        recipients=(recipients.concerned_agents,),
        agent_preference=Preference(_("Somebody mentions me")),
        button=_("Read and reply"),
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
        agent_preference=Preference(_("A field of one changes"), Frequency.NEVER),
        is_editable=True,
        digest_lines=descriptions.field_lines,
    ),
    Event(
        key="satisfaction_asked",
        label=_("Asked how it was"),
        signal=signals.status_changed,
        receiver=signal_receivers.on_ticket_closed,
        recipients=(recipients.requester,),
        member_preference=Preference(
            _("We ask how it was"), is_offered=lambda member, portal: portal.ask_satisfaction
        ),
        button=_("Say how it was"),
        is_editable=True,
        digest_lines=descriptions.label_line,
    ),
    Event(
        key="join_requested",
        label=_("Asked to join"),
        signal=signals.join_requested,
        receiver=signal_receivers.on_join_requested,
        recipients=(recipients.managers_or_team,),
        member_preference=Preference(
            _("Somebody asks to come in to the organization"),
            is_offered=lambda member, portal: member.role.manages_members,
        ),
        may_receive=recipients.manages_members,
        context=join_request_context,
        button=_("See who waits"),
        reason=_("You get this mail because you manage the members of your organization."),
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
        key="digest",
        label=_("Daily summary"),
        # Its parts are checked one by one.
        may_receive=lambda notification: True,
        context=digest_context,
        button=_("Open the portal"),
        reason=_("You get this mail once a day, when there is something new."),
    ),
    Event(
        key="sign_in",
        label=_("Sign-in"),
        signal=signals.sign_in_code_requested,
        receiver=signal_receivers.on_sign_in_code_requested,
        is_secret=True,
        # Which one it is depends on the way of signing in; this is the usual one.
        template="account/email/login_code",
    ),
    Event(
        key="request_code",
        label=_("Code for a form"),
        signal=signals.code_requested,
        receiver=signal_receivers.on_code_requested,
        is_secret=True,
    ),
]

for event in EVENTS:
    register_event(event)
