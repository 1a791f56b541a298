"""Everything that can happen. Only actions write; they are grouped by subject.

An action takes objects and plain values, never a request. It checks the permission, changes rows,
writes the audit log and sends the signal in one transaction, and raises one of
:mod:`wagtail_portal.exceptions` if it can't. Its first argument is what it changes; ``by`` is the
:class:`~wagtail_portal.permissions.Actor`, ``at`` the time at which it happened (now, unless
history is imported), and ``notify=False`` notifies no one.

In read-only mode, those that would write raise :class:`~wagtail_portal.exceptions.ReadOnly`.
"""

from . import _guard
from .anonymous.save_form_draft import discard_form_draft, discard_form_drafts, save_form_draft
from .anonymous.save_request import complete_request, discard_requests, save_request
from .anonymous.save_visitor import save_visitor
from .anonymous.verification import confirm_request, request_code
from .background.continue_stale_runs import continue_stale_runs
from .background.run_sweeps import run_sweeps
from .background.send_alerts import send_alerts
from .email.change_notification_preferences import change_notification_preferences
from .email.check_mailbox import begin_mailbox_test, look_again, mailbox_steps
from .email.decide_email import (
    OPEN_STATES,
    accept_email,
    discard_email,
    organization_to_join,
    process_again,
    read_received_email,
)
from .email.note_feedback import note_feedback
from .email.process_email import process_email, process_emails
from .email.receive_email import discard_received_emails, receive_email
from .email.retry_emails import retry_emails
from .files.compare_files import compare_files
from .files.discard_files import delete_files, discard_files
from .lists.inbox_preferences import (
    change_inbox_preferences,
    change_view_columns,
    move_view,
    pin_view,
)
from .lists.rebuild_search import rebuild_search
from .lists.saved_filters import delete_filter, rename_filter, save_filter, share_filter
from .pages.portal_settings import record_settings, restore_settings, settings_as_data
from .pages.remember_path import remember_path
from .pages.set_up_portal import set_up_portal
from .people.change_agent_preferences import change_agent_preferences
from .people.change_customer_fields import change_customer_fields
from .people.change_member import change_member
from .people.change_notes import change_notes
from .people.change_organization import change_organization
from .people.change_profile import change_profile, choose_organization
from .people.change_role import change_role, restore_access, revoke_access
from .people.create_member import create_member, role_of_new_members
from .people.create_organization import (
    create_organization,
    create_own_organization,
    may_own_organization,
)
from .people.decide_join_request import approve_join_request, decline_join_request
from .people.erase_member import erase_member, why_not_erased
from .people.erasures import begin_erasure, continue_erasure, discard_erasures
from .people.import_customers import begin_import, continue_import, discard_imports
from .people.invitations import (
    accept_invitation,
    discard_invitations,
    invite_member,
    resend_invitation,
    withdraw_invitation,
    withdraw_invitations_of,
)
from .people.join_by_domain import (
    join_by_domain,
    may_join_by_domain,
    organization_of_domain,
)
from .people.keep_agent_name import keep_agent_name
from .people.limit_group import limit_group, unlimit_group
from .people.merge_organizations import merge_organizations
from .people.merge_people import merge_people
from .people.organization_merges import (
    begin_organization_merge,
    continue_organization_merge,
    discard_organization_merges,
)
from .people.provision_user import provision_user
from .rate_limits import discard_rate_limits
from .signin.record_address_change import record_address_change
from .signin.record_sign_in import record_refusal, record_sign_in
from .signin.send_sign_in_code import send_sign_in_code
from .signin.token_sessions import (
    discard_token_sessions,
    record_token_session,
    sign_out_token_sessions,
    was_signed_out,
)
from .signin.use_token import discard_tokens, use_token
from .signin.view_as import begin_view_as, end_view_as
from .tickets._thumbnails import make_missing_thumbnails
from .tickets.add_note import add_note
from .tickets.anonymize_ticket import anonymize_ticket
from .tickets.answer_ticket import answer_ticket
from .tickets.apply_retention import apply_retention
from .tickets.assign import assign
from .tickets.bulk_change import (
    begin_bulk_change,
    begin_undo,
    continue_bulk_change,
    discard_bulk_changes,
)
from .tickets.change_fields import change_fields
from .tickets.change_requester import change_requester, move_ticket
from .tickets.change_status import change_status, close_ticket, reopen_ticket
from .tickets.change_subject import change_subject
from .tickets.delete_ticket import delete_ticket
from .tickets.edit_message import edit_message
from .tickets.follow import follow, unfollow
from .tickets.keep_status import keep_status
from .tickets.link_tickets import link_tickets, unlink_tickets
from .tickets.mark_read import mark_all_read, mark_read
from .tickets.merge_tickets import merge_tickets
from .tickets.mute import mute, unmute
from .tickets.open_ticket import discard_ticket_numbers, open_ticket
from .tickets.preview import preview
from .tickets.rate_ticket import rate_ticket
from .tickets.render_messages import render_messages
from .tickets.reply import reply
from .tickets.set_privacy import set_privacy
from .tickets.share_ticket import (
    accept_shares,
    end_shares_by_role,
    share_ticket,
    unshare_ticket,
)
from .tickets.snooze import end_due_snoozes, end_snooze, snooze
from .tickets.suggest_followers import (
    dismiss_suggestion,
    may_decide_suggestions,
    suggest_followers,
)
from .tickets.undo import discard_undo_steps, undo
from .tickets.update_ticket import update_ticket
from .tickets.upload import discard_uploads, upload
from .uninstall.remove_portal import remove_portal

_guard.guard_all(globals())
