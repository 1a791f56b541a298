"""What is kept. Import models from here; inside, a module imports only those listed above it."""

from wagtail_portal.utils.users import (
    ERASED_DOMAIN,
    display_name,
    is_erased,
    user_name_fields,
)

from .designations import DesignatedField
from .email_templates import EmailTemplate, languages
from .form_drafts import FormDraft
from .invitations import Invitation
from .join_requests import JoinRequest
from .log import TicketLogEntry
from .members import Member, member_names
from .messages import Attachment, Message, MessageKind, portal_storage
from .notification_preferences import NotificationPreferences, frequency_of, next_digest
from .notifications import RETRY_PERIOD, Delivery, Notification
from .organizations import DomainJoining, Organization, OrganizationDomain
from .pending_requests import PendingRequest
from .previews import preview_requested
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
from .team import BulkChange, GroupScope
from .ticket_fields import Colour, SetBy, TicketField, TicketFieldChoice
from .ticket_links import LinkKind, TicketLink
from .ticket_words import TicketWords
from .tickets import PAGE_MODEL, Channel, Follower, Mute, Ticket, TicketNumber, Urgency
from .used_tokens import UsedToken

__all__ = [
    "EmailTemplate",
    "languages",
    "NotificationPreferences",
    "frequency_of",
    "next_digest",
    "DAYS_TO_CHANGE",
    "DAYS_TO_RATE",
    "RETRY_PERIOD",
    "PAGE_MODEL",
    "PLACEHOLDERS",
    "Attachment",
    "BulkChange",
    "SavedReply",
    "Channel",
    "Colour",
    "Delivery",
    "DesignatedField",
    "DomainJoining",
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
    "preview_requested",
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
