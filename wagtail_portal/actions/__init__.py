"""Everything that can happen. Actions are the only writers: one file per verb, grouped by subject.

An action takes objects and plain values, never a request. It checks the permission, changes rows,
writes the audit log and sends the signal in one transaction, and raises one of
:mod:`wagtail_portal.exceptions` if it can't. Its first argument is what it changes; ``by`` is the
:class:`~wagtail_portal.permissions.Actor`, ``at`` the time at which it happened (now, unless
history is imported), and ``notify=False`` notifies nobody.
"""

from .anonymous.complete_request import complete_request
from .anonymous.confirm_request import confirm_request
from .anonymous.request_code import request_code
from .anonymous.save_form_draft import discard_form_draft, save_form_draft
from .anonymous.save_request import discard_requests, save_request
from .anonymous.save_visitor import save_visitor
from .email.change_notification_preferences import change_notification_preferences
from .email.retry_emails import retry_emails
from .lists.delete_filter import delete_filter
from .lists.rebuild_search import rebuild_search
from .lists.save_filter import rename_filter, save_filter
from .lists.share_filter import share_filter
from .people.accept_invitation import accept_invitation
from .people.change_profile import change_profile
from .people.change_role import change_role, restore_access, revoke_access
from .people.choose_organization import choose_organization
from .people.create_member import create_member
from .people.create_organization import create_organization
from .people.create_own_organization import create_own_organization
from .people.decide_join_request import approve_join_request, decline_join_request
from .people.erase_member import erase_member, why_not_erased
from .people.invite_member import invite_member, resend_invitation
from .people.join_by_domain import join_by_domain, organization_of_domain
from .people.limit_group import limit_group, unlimit_group
from .people.provision_user import provision_user
from .people.withdraw_invitation import withdraw_invitation, withdraw_invitations_of
from .signin.record_refusal import record_refusal
from .signin.record_sign_in import record_sign_in
from .signin.send_sign_in_code import send_sign_in_code
from .signin.use_token import discard_tokens, use_token
from .signin.view_as import begin_view_as, end_view_as
from .tickets.add_note import add_note
from .tickets.assign import assign
from .tickets.bulk_change import begin_bulk_change, continue_bulk_change, discard_bulk_changes
from .tickets.change_fields import change_fields
from .tickets.change_requester import change_requester, move_ticket
from .tickets.change_status import change_status
from .tickets.change_subject import change_subject
from .tickets.close_ticket import close_ticket, reopen_ticket
from .tickets.delete_ticket import delete_ticket
from .tickets.follow import follow, unfollow
from .tickets.link_tickets import link_tickets, unlink_tickets
from .tickets.mark_read import mark_all_read, mark_read
from .tickets.merge_tickets import merge_tickets
from .tickets.mute import mute, unmute
from .tickets.open_ticket import open_ticket
from .tickets.preview import preview
from .tickets.rate_ticket import rate_ticket
from .tickets.reply import reply
from .tickets.set_privacy import set_privacy
from .tickets.upload import discard_uploads, upload

__all__ = [
    "join_by_domain",
    "organization_of_domain",
    "create_own_organization",
    "begin_view_as",
    "end_view_as",
    "choose_organization",
    "approve_join_request",
    "decline_join_request",
    "accept_invitation",
    "resend_invitation",
    "restore_access",
    "revoke_access",
    "withdraw_invitation",
    "withdraw_invitations_of",
    "request_code",
    "save_visitor",
    "save_request",
    "discard_requests",
    "confirm_request",
    "complete_request",
    "add_note",
    "assign",
    "change_fields",
    "begin_bulk_change",
    "continue_bulk_change",
    "discard_bulk_changes",
    "change_profile",
    "change_role",
    "change_status",
    "change_notification_preferences",
    "close_ticket",
    "create_member",
    "create_organization",
    "delete_filter",
    "delete_ticket",
    "discard_form_draft",
    "discard_uploads",
    "erase_member",
    "why_not_erased",
    "follow",
    "invite_member",
    "limit_group",
    "unlimit_group",
    "send_sign_in_code",
    "mark_all_read",
    "mark_read",
    "mute",
    "open_ticket",
    "preview",
    "provision_user",
    "rebuild_search",
    "record_refusal",
    "record_sign_in",
    "rename_filter",
    "rate_ticket",
    "reopen_ticket",
    "reply",
    "retry_emails",
    "save_filter",
    "save_form_draft",
    "share_filter",
    "set_privacy",
    "unfollow",
    "unmute",
    "upload",
    "discard_tokens",
    "use_token",
    "change_requester",
    "change_subject",
    "link_tickets",
    "merge_tickets",
    "move_ticket",
    "unlink_tickets",
]
