"""Log entries of organizations, their members, and the team's groups."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .entry_type import LogEntryType, old_to_new

TYPES = [
    LogEntryType(
        action="create_organization",
        label=_("Create organization"),
        team=_("Organization created"),
    ),
    LogEntryType(
        action="create_member",
        label=_("Add member"),
        team=_("Member added"),
        history=_("%(who)s was added"),
    ),
    LogEntryType(
        action="invite_member",
        label=_("Invite member"),
        team=_("Member invited"),
        history=_("%(who)s was invited"),
    ),
    LogEntryType(
        action="withdraw_invitation",
        label=_("Withdraw invitation"),
        team=_("Invitation withdrawn"),
        history=_("The invitation of %(who)s was withdrawn"),
    ),
    LogEntryType(
        action="accept_invitation",
        label=_("Accept invitation"),
        team=_("Invitation accepted"),
        history=_("%(who)s accepted the invitation"),
    ),
    LogEntryType(
        action="change_profile",
        label=_("Change profile"),
        team=_("Name changed"),
        history=_("%(who)s changed their name"),
    ),
    LogEntryType(
        action="change_role",
        label=_("Change role"),
        team=old_to_new(_("Role changed from %(old)s to %(new)s")),
        history=_("%(who)s: role changed from %(old)s to %(new)s"),
    ),
    LogEntryType(
        action="revoke_access",
        label=_("Revoke access"),
        team=_("Access revoked"),
        history=_("%(who)s lost the access"),
    ),
    LogEntryType(
        action="restore_access",
        label=_("Restore access"),
        team=_("Access restored"),
        history=_("%(who)s got the access back as %(new)s"),
    ),
    LogEntryType(
        action="join_by_domain",
        label=_("Join by e-mail domain"),
        team=_("Joined by e-mail domain"),
        history=_("%(who)s joined by e-mail domain"),
    ),
    LogEntryType(
        action="ask_to_join",
        label=_("Ask to join"),
        team=_("Asked to join by e-mail domain"),
        history=_("%(who)s asked to join"),
    ),
    LogEntryType(
        action="approve_join_request",
        label=_("Approve request to join"),
        team=pgettext_lazy("in the history", "Let in"),
        history=_("%(who)s was let in"),
    ),
    LogEntryType(
        action="decline_join_request",
        label=_("Decline request to join"),
        team=_("Not let in"),
        history=_("%(who)s was not let in"),
    ),
    LogEntryType(
        action="erase_member",
        label=_("Erase member"),
        team=_("A member was erased"),
        history=_("A member was erased"),
    ),
    LogEntryType(
        action="share_filter",
        label=_("Share filter"),
        team=_("Filter shared with the organization"),
        history=_("A filter was shared"),
    ),
    LogEntryType(
        action="unshare_filter",
        label=_("Stop sharing filter"),
        team=_("Filter not shared any more"),
        history=_("A filter is not shared any more"),
    ),
    LogEntryType(
        action="limit_group",
        label=_("Limit tickets"),
        team=_("Limited to some tickets"),
    ),
    LogEntryType(
        action="unlimit_group",
        label=_("Show all tickets"),
        team=_("Not limited to some tickets any more"),
    ),
]
