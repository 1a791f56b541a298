"""The models and their querysets. Import them from here."""

from wagtail_portal.utils.users import ERASED_DOMAIN, display_name, is_erased, user_name_fields

from .addresses import addresses_of, find_owner, members_by_address, owners_by_address
from .background_runs import BulkChange, CustomerImport, lease_end
from .delivery_pauses import DeliveryPause
from .designations import DesignatedField
from .discarded_files import DiscardedFile
from .email_templates import EmailTemplate
from .form_drafts import FormDraft, PendingRequest
from .invitations import Invitation
from .join_requests import JoinRequest
from .log import TicketLogEntry
from .members import Member, member_names
from .messages import (
    Attachment,
    Message,
    MessageKind,
    attachment_path,
    portal_storage,
    thumbnail_path,
)
from .notification_preferences import NotificationPreferences, frequency_of, next_digest
from .notifications import RETRY_PERIOD, Delivery, Notification
from .organizations import DomainJoining, Organization, OrganizationDomain
from .previews import preview_requested
from .profiles import Profile, language_choices, profile_of
from .rate_limits import RateLimit
from .ratings import DAYS_TO_CHANGE, DAYS_TO_RATE, Rating, Score, can_be_rated, rating_of
from .read_state import (
    TicketReadState,
    is_unread,
    read_until,
    reader_filter,
    with_read_until,
    with_unread,
)
from .retention import Retention
from .roles import MembersAccess, Role, TicketScope, weakest_first
from .saved_filters import SavedFilter
from .saved_replies import PLACEHOLDERS, SavedReply
from .settings import Corners, PortalSettings, Theme
from .settings_rows import Days, HeaderLink, SupportHours, time_zone_choices
from .statuses import State, Status
from .sweep_states import Alert, SweepState
from .team import GroupScope
from .ticket_fields import Colour, SetBy, TicketField, TicketFieldChoice
from .ticket_words import TicketWords
from .tickets import (
    PAGE_MODEL,
    Channel,
    Follower,
    LinkKind,
    Mute,
    Ticket,
    TicketLink,
    TicketNumber,
    Urgency,
)
from .token_sessions import TokenSession, TokenSignOut
from .used_tokens import UsedToken
