"""What is kept. Import models from here; inside, a module imports only those listed above it."""

from .designations import BUILT_IN_COLUMNS, DesignatedField
from .email_templates import EmailTemplate, languages, set_preview
from .form_drafts import FormDraft
from .invitations import Invitation
from .join_requests import JoinRequest
from .log import TicketLogEntry
from .members import ERASED_DOMAIN, Member, is_erased, member_names, user_name_fields
from .messages import Attachment, Message, MessageKind, display_name, portal_storage
from .notification_preferences import (
    AGENT_EVENTS,
    MEMBER_EVENTS,
    NOT_IN_DIGEST,
    NotificationPreferences,
    When,
    next_digest,
    when,
)
from .notifications import RETRY_PERIOD, SECRET_EVENTS, Delivery, Event, Notification
from .organizations import DomainJoining, Organization, OrganizationDomain
from .pending_requests import PendingRequest
from .profiles import Profile, languages_to_choose, profile_of
from .ratings import DAYS_TO_CHANGE, DAYS_TO_RATE, Rating, Score, can_be_rated, rating_of
from .read_state import (
    TicketReadState,
    is_unread,
    read_until,
    reader_filter,
    with_read_until,
    with_unread,
)
from .roles import MembersAccess, Role, TicketScope
from .saved_filters import SavedFilter
from .saved_replies import PLACEHOLDERS, SavedReply
from .settings import Corners, PortalSettings, Theme
from .settings_rows import Days, HeaderLink, SupportHours, zone_choices
from .statuses import State, Status
from .team import BulkRun, GroupScope, SavedView
from .ticket_fields import Colour, SetBy, TicketField, TicketFieldChoice
from .ticket_links import LinkKind, TicketLink
from .ticket_words import TicketWords
from .tickets import PAGE_MODEL, Channel, Follower, Mute, Ticket, TicketNumber, Urgency
from .used_tokens import UsedToken

__all__ = [
    "EmailTemplate",
    "languages",
    "set_preview",
    "AGENT_EVENTS",
    "MEMBER_EVENTS",
    "NOT_IN_DIGEST",
    "NotificationPreferences",
    "When",
    "next_digest",
    "when",
    "BUILT_IN_COLUMNS",
    "DAYS_TO_CHANGE",
    "DAYS_TO_RATE",
    "SECRET_EVENTS",
    "RETRY_PERIOD",
    "PAGE_MODEL",
    "PLACEHOLDERS",
    "Attachment",
    "BulkRun",
    "SavedReply",
    "Channel",
    "Colour",
    "Delivery",
    "DesignatedField",
    "DomainJoining",
    "Event",
    "Follower",
    "FormDraft",
    "GroupScope",
    "Invitation",
    "JoinRequest",
    "LinkKind",
    "Member",
    "MembersAccess",
    "Message",
    "MessageKind",
    "Mute",
    "Notification",
    "Organization",
    "OrganizationDomain",
    "PendingRequest",
    "Corners",
    "Days",
    "HeaderLink",
    "PortalSettings",
    "SupportHours",
    "zone_choices",
    "Profile",
    "Rating",
    "Role",
    "SavedFilter",
    "SavedView",
    "Score",
    "SetBy",
    "State",
    "Status",
    "Theme",
    "Ticket",
    "TicketField",
    "TicketFieldChoice",
    "TicketLink",
    "TicketLogEntry",
    "TicketNumber",
    "TicketScope",
    "TicketReadState",
    "TicketWords",
    "Urgency",
    "UsedToken",
    "can_be_rated",
    "display_name",
    "portal_storage",
    "languages_to_choose",
    "profile_of",
    "read_until",
    "reader_filter",
    "member_names",
    "ERASED_DOMAIN",
    "is_erased",
    "user_name_fields",
    "rating_of",
    "with_unread",
    "is_unread",
    "with_read_until",
]
