"""What can happen: the only writers. One file per verb, one function in it.

An action takes objects and plain values, never a request. It checks the permission, changes
rows, writes the audit log and sends the signal in one transaction, and raises one of
:mod:`wagtail_portal.exceptions` when it cannot. ``at`` is the moment at which it happened
(now, unless history is imported); ``notify=False`` tells nobody.
"""

from .accept_invitation import accept_invitation
from .add_note import add_note
from .assign import assign
from .begin_data_download import begin_data_download
from .begin_export import begin_export
from .change_fields import change_fields
from .change_many import begin_many, continue_many, discard_runs
from .change_profile import change_profile
from .change_requester import change_requester, move_ticket
from .change_role import change_role
from .change_status import change_status
from .change_subject import change_subject
from .choose_mails import choose_mails
from .choose_organization import choose_organization
from .close_ticket import close_ticket, reopen_ticket
from .complete_request import complete_request
from .confirm_request import confirm_request
from .count_code_try import count_code_try
from .create_member import create_member
from .create_organization import create_organization
from .decide_join import approve_join, decline_join
from .delete_filter import delete_filter
from .delete_ticket import delete_ticket
from .discard_requests import discard_requests
from .discard_uploads import discard_uploads
from .erase_member import erase_member, why_not_erased
from .follow import follow, unfollow
from .invite_member import invite_member, resend_invitation
from .join_by_domain import join_by_domain, organization_of_domain
from .keep_request import keep_request
from .keep_visitor import keep_visitor
from .limit_group import limit_group, unlimit_group
from .link_tickets import link_tickets, unlink_tickets
from .mail_sign_in import mail_sign_in
from .mark_read import mark_all_read, mark_read
from .mark_seen import mark_seen
from .merge_tickets import merge_tickets
from .mute import mute, unmute
from .open_ticket import open_ticket
from .preview import preview
from .provision_user import provision_user
from .rate_ticket import rate_ticket
from .rebuild_search import rebuild_search
from .record_refusal import record_refusal
from .record_sign_in import record_sign_in
from .reply import reply
from .request_code import request_code
from .retry_mails import retry_mails
from .revoke_access import restore_access, revoke_access
from .save_filter import rename_filter, save_filter
from .save_form_draft import discard_form_draft, save_form_draft
from .save_view import delete_view, save_view, share_view
from .set_privacy import set_privacy
from .share_filter import share_filter
from .upload import upload
from .use_canned_replies import use_canned_replies
from .use_token import discard_tokens, use_token
from .view_as import begin_view_as, end_view_as
from .welcome_stranger import welcome_stranger
from .withdraw_invitation import withdraw_invitation, withdraw_invitations_of

__all__ = [
    "join_by_domain",
    "organization_of_domain",
    "welcome_stranger",
    "begin_view_as",
    "end_view_as",
    "choose_organization",
    "approve_join",
    "decline_join",
    "accept_invitation",
    "resend_invitation",
    "restore_access",
    "revoke_access",
    "withdraw_invitation",
    "withdraw_invitations_of",
    "request_code",
    "keep_visitor",
    "keep_request",
    "discard_requests",
    "confirm_request",
    "complete_request",
    "add_note",
    "assign",
    "begin_data_download",
    "begin_export",
    "change_fields",
    "begin_many",
    "continue_many",
    "discard_runs",
    "change_profile",
    "change_role",
    "change_status",
    "choose_mails",
    "close_ticket",
    "count_code_try",
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
    "mail_sign_in",
    "mark_all_read",
    "mark_read",
    "mark_seen",
    "save_view",
    "delete_view",
    "share_view",
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
    "retry_mails",
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
    "use_canned_replies",
]
