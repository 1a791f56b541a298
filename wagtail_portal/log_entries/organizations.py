"""Log entries of organizations, their members, and the team's groups."""

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils.humanize import comma_list

from .entry_type import LogEntryType, old_to_new


def _changed(entry) -> str:
    return {True: gettext("Legal hold set"), False: gettext("Legal hold ended")}.get(
        entry.data.get("legal_hold"), gettext("Organization changed")
    )


def _fields_changed(entry) -> str:
    text = gettext("Fields changed: %(fields)s")
    return text % {"fields": comma_list(entry.data.get("fields", []))}


TYPES = [
    LogEntryType("create_organization", _("Create organization"), _("Organization created")),
    LogEntryType("change_organization", _("Change organization"), _changed),
    LogEntryType(
        "create_member", _("Add member"), _("Member added"), history=_("%(who)s was added")
    ),
    LogEntryType(
        "invite_member", _("Invite member"), _("Member invited"), history=_("%(who)s was invited")
    ),
    LogEntryType(
        "withdraw_invitation",
        _("Withdraw invitation"),
        _("Invitation withdrawn"),
        history=_("The invitation of %(who)s was withdrawn"),
    ),
    LogEntryType(
        "accept_invitation",
        _("Accept invitation"),
        _("Invitation accepted"),
        history=_("%(who)s accepted the invitation"),
    ),
    LogEntryType(
        "change_profile",
        _("Change profile"),
        _("Name changed"),
        history=_("%(who)s changed their name"),
    ),
    LogEntryType(
        "change_member_name",
        _("Change name of member"),
        _("Name of a member changed"),
        history=_("The name of %(who)s was changed"),
    ),
    LogEntryType(
        "change_member_address",
        _("Change email address of member"),
        _("Email address of a member changed"),
        history=_("The email address of %(who)s was changed"),
    ),
    LogEntryType("change_customer_fields", _("Change fields"), _fields_changed),
    LogEntryType("change_notes", _("Change notes"), _("Notes changed")),
    LogEntryType(
        "add_address",
        _("Add email address"),
        _("Email address added"),
        history=_("%(who)s added an email address to sign in with"),
    ),
    LogEntryType(
        "remove_address",
        _("Remove email address"),
        _("Email address removed"),
        history=_("%(who)s removed an email address"),
    ),
    LogEntryType(
        "change_address",
        _("Change email address"),
        _("Primary email address changed"),
        history=_("%(who)s changed their email address"),
    ),
    LogEntryType(
        "change_role",
        _("Change role"),
        old_to_new(_("Role changed from %(old)s to %(new)s")),
        history=_("%(who)s: role changed from %(old)s to %(new)s"),
    ),
    LogEntryType(
        "revoke_access", _("Remove access"), _("Access removed"), history=_("%(who)s lost access")
    ),
    LogEntryType(
        "restore_access",
        _("Restore access"),
        _("Access restored"),
        history=_("%(who)s regained access as %(new)s"),
    ),
    LogEntryType(
        "join_by_domain",
        _("Join by email domain"),
        _("Joined by email domain"),
        history=_("%(who)s joined by email domain"),
    ),
    LogEntryType(
        "ask_to_join",
        _("Request to join"),
        _("Requested to join by email domain"),
        history=_("%(who)s requested to join"),
    ),
    LogEntryType(
        "approve_join_request",
        _("Approve join request"),
        pgettext_lazy("in the history", "Join request approved"),
        history=_("The request from %(who)s was approved"),
    ),
    LogEntryType(
        "decline_join_request",
        _("Decline join request"),
        _("Join request declined"),
        history=_("The request from %(who)s was declined"),
    ),
    LogEntryType(
        "erase_member",
        _("Erase member"),
        _("A member was erased"),
        history=_("A member was erased"),
    ),
    LogEntryType(
        "merge_people",
        _("Merge people"),
        _("Two accounts of one person were merged"),
        history=_("Two accounts of %(who)s were merged"),
    ),
    LogEntryType(
        "merge_organizations",
        _("Merge organizations"),
        old_to_new(_("%(old)s was merged into this organization")),
        history=_("%(old)s was merged into your organization"),
    ),
    LogEntryType(
        "end_organization",
        _("End organization"),
        old_to_new(_("Merged into %(new)s")),
    ),
    LogEntryType(
        "share_filter",
        _("Share filter"),
        _("Filter shared with the organization"),
        history=_("A filter was shared"),
    ),
    LogEntryType(
        "unshare_filter",
        _("Stop sharing filter"),
        _("Filter no longer shared"),
        history=_("A filter is no longer shared"),
    ),
    LogEntryType("limit_group", _("Limit ticket access"), _("Ticket access limited")),
    LogEntryType(
        "unlimit_group", _("Remove ticket access limits"), _("Ticket access limits removed")
    ),
]
