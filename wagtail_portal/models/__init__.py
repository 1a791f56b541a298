"""The models and their querysets. Import them from here."""

from wagtail_portal.utils.users import ERASED_DOMAIN, display_name, is_erased, user_name_fields

from .addresses import (
    addresses_of,
    find_owner,
    find_owners,
    members_by_address,
    owners_by_address,
    sign_in_methods,
)
from .agent_preferences import AfterSending, AgentPreferences
from .background_runs import (
    BulkChange,
    CustomerImport,
    Erasure,
    OrganizationMerge,
    lease_end,
)
from .customer_fields import (
    About,
    CustomerField,
    CustomerFieldChoice,
    ShownTo,
    answers_of,
    conditions_in,
    customer_values,
    meets,
)
from .delivery_pauses import DeliveryPause
from .designations import DesignatedField
from .discarded_files import DiscardedFile
from .email_templates import EmailTemplate
from .failing_addresses import FailingAddress
from .field_definitions import Colour
from .first_replies import expected_first_reply
from .form_drafts import FormDraft, PendingRequest
from .former_paths import FormerPath
from .guests import Guest, guests_of
from .inbox_preferences import Density, InboxPreferences
from .incoming_settings import IncomingAddress, UnknownSenders
from .invitations import Invitation
from .join_requests import JoinRequest
from .log import TicketLogEntry, share_statuses
from .mailbox_tests import MailboxTest
from .members import (
    Member,
    Reader,
    deciding,
    member_finder,
    member_names,
    memberships_of,
)
from .messages import (
    EDIT_PERIOD,
    Attachment,
    Message,
    MessageKind,
    MessageVersion,
    attachment_path,
    last_excerpt,
    portal_storage,
    thumbnail_path,
    with_last_text,
)
from .notification_preferences import NotificationPreferences, frequency_of, next_digest
from .notifications import RETRY_PERIOD, Delivery, Feedback, Notification
from .organizations import (
    DomainJoining,
    FormerOrganization,
    Organization,
    OrganizationDomain,
)
from .previews import preview_requested
from .profiles import Profile, language_choices, profile_of
from .rate_limits import RateLimit
from .ratings import DAYS_TO_CHANGE, DAYS_TO_RATE, Rating, Score, can_be_rated, rating_of
from .read_state import (
    TicketReadState,
    is_unread,
    read_until_of,
    reader_filter,
    with_read_until,
    with_unread,
)
from .received_emails import Reason, ReceivedEmail, ReceivedState, received_email_path
from .retention import Retention
from .roles import MembersAccess, Role, TicketScope, weakest_first
from .saved_filters import SavedFilter
from .saved_replies import PLACEHOLDERS, SavedReply, placeholder_values
from .settings import Corners, PortalSettings, Theme
from .settings_rows import Days, HeaderLink, SupportHours, time_zone_choices
from .snoozes import Snooze, WakeReason, snooze_of
from .statuses import State, Status
from .suggested_followers import SuggestedFollower
from .sweep_states import Alert, SweepState
from .team import GroupScope
from .ticket_fields import SetBy, TicketField, TicketFieldChoice
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
    TicketQuerySet,
    Urgency,
    follows,
    was_open,
)
from .token_sessions import TokenSession, TokenSignOut, UsedToken
from .undo_steps import UndoStep
from .waiting import status_for, takes_part, waiting_label, waiting_on, with_followed
