"""The words of the audit log, in the Wagtail admin. One entry per action, under its name."""

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, gettext_noop, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import LogFormatter

from wagtail_portal.actions.signin.record_refusal import REASONS
from wagtail_portal.models import Score


def _named(log_entry, key: str) -> str:
    value = log_entry.data.get(key) or {}
    return value.get("name", "") if isinstance(value, dict) else value


class StatusFormatter(LogFormatter):
    label = _("Change status")

    def format_message(self, log_entry):
        return gettext("Status changed from %(old)s to %(new)s") % {
            "old": _named(log_entry, "old"),
            "new": _named(log_entry, "new"),
        }


class CloseFormatter(StatusFormatter):
    label = pgettext_lazy("tickets", "Close")


class ReopenFormatter(StatusFormatter):
    label = _("Reopen")


class PrivacyFormatter(LogFormatter):
    label = _("Set privacy")

    def format_message(self, log_entry):
        if log_entry.data.get("private"):
            return gettext("Made private")
        return gettext("Shown to the organization again")


class RatingFormatter(LogFormatter):
    label = _("Rate")

    def format_message(self, log_entry):
        scores = dict(Score.choices)
        score = log_entry.data.get("score", "")
        return gettext("Rated: %(score)s") % {"score": scores.get(score, score)}


class RoleFormatter(LogFormatter):
    label = _("Change role")

    def format_message(self, log_entry):
        return gettext("Role changed from %(old)s to %(new)s") % {
            "old": _named(log_entry, "old"),
            "new": _named(log_entry, "new"),
        }


class MergeFormatter(LogFormatter):
    label = _("Merge tickets")

    def format_message(self, log_entry):
        if "into" in log_entry.data:
            return gettext("Merged into #%(number)s") % {"number": log_entry.data["into"]}
        return gettext("#%(number)s was merged into this") % {
            "number": log_entry.data.get("merged", "")
        }


class LinkFormatter(LogFormatter):
    label = _("Link tickets")

    def format_message(self, log_entry):
        return gettext("Linked with #%(number)s") % {"number": log_entry.data.get("other", "")}


class UnlinkFormatter(LogFormatter):
    label = _("Unlink tickets")

    def format_message(self, log_entry):
        number = log_entry.data.get("other", "")
        return gettext("Not linked with #%(number)s any more") % {"number": number}


class MoveFormatter(LogFormatter):
    label = _("Move to another organization")

    def format_message(self, log_entry):
        return gettext("Moved from %(old)s to %(new)s") % {
            "old": _named(log_entry, "old"),
            "new": _named(log_entry, "new"),
        }


#: What an assignment to nobody is called.
EMPTY = {"new": gettext_noop("Unassigned"), "new_group": gettext_noop("Assigned to no group")}


class AssignFormatter(LogFormatter):
    label = _("Assign")

    def format_message(self, log_entry):
        words = []
        for key in ("new", "new_group"):
            if key in log_entry.data:
                new = _named(log_entry, key)
                words.append(
                    gettext("Assigned to %(name)s") % {"name": new} if new else gettext(EMPTY[key])
                )
        return ", ".join(words)


class FieldsFormatter(LogFormatter):
    label = _("Change fields")

    def format_message(self, log_entry):
        keys = sorted(log_entry.data.get("changes", {}))
        if "urgency" in log_entry.data:
            keys.insert(0, gettext("Urgency"))
        return gettext("Fields changed: %(fields)s") % {"fields": ", ".join(keys)}


class RefusalFormatter(LogFormatter):
    label = _("Refuse sign-in")

    def format_message(self, log_entry):
        reason = log_entry.data.get("reason", "")
        return gettext("Sign-in by %(provider)s refused: %(reason)s") % {
            "provider": log_entry.data.get("provider", ""),
            "reason": REASONS.get(reason, reason),
        }


class ViewAsFormatter(LogFormatter):
    label = _("Look as a member")

    def format_message(self, log_entry):
        until = parse_datetime(log_entry.data.get("until", ""))
        if until is None:
            return gettext("Looked at the portal as this member")
        return gettext("Looked at the portal as this member, until %(time)s at the latest") % {
            "time": date_format(localtime(until), "SHORT_DATETIME_FORMAT")
        }


PLAIN = {
    "limit_group": (_("Limit tickets"), _("Limited to some tickets")),
    "unlimit_group": (_("Show all tickets"), _("Not limited to some tickets any more")),
    "delete_ticket": (_("Delete ticket"), _("Ticket deleted")),
    "complete_request": (_("Confirm address"), _("Address confirmed by a mailed code")),
    "open_ticket": (_("Open ticket"), _("Ticket opened")),
    "reply": (_("Reply"), _("Replied")),
    "add_note": (_("Internal note"), _("Internal note written")),
    "change_subject": (_("Change subject"), _("Subject changed")),
    "change_requester": (_("Change requester"), _("Requester changed")),
    "follow": (_("Follow"), _("Follower added")),
    "mute": (_("Mute"), _("Muted: wants no mail")),
    "unmute": (_("Unmute"), _("Not muted any more")),
    "unfollow": (_("Unfollow"), _("Follower removed")),
    "create_organization": (_("Create organization"), _("Organization created")),
    "change_profile": (_("Change profile"), _("Name changed")),
    "create_member": (_("Add member"), _("Member added")),
    "invite_member": (_("Invite member"), _("Member invited")),
    "share_filter": (_("Share filter"), _("Filter shared with the organization")),
    "unshare_filter": (_("Stop sharing filter"), _("Filter not shared any more")),
    "withdraw_invitation": (_("Withdraw invitation"), _("Invitation withdrawn")),
    "revoke_access": (_("Revoke access"), _("Access revoked")),
    "restore_access": (_("Restore access"), _("Access restored")),
    "ask_to_join": (_("Ask to join"), _("Asked to join by e-mail domain")),
    "join_by_domain": (_("Join by e-mail domain"), _("Joined by e-mail domain")),
    "approve_join_request": (
        _("Approve request to join"),
        pgettext_lazy("in the history", "Let in"),
    ),
    "decline_join_request": (_("Decline request to join"), _("Not let in")),
    "erase_member": (_("Erase member"), _("A member was erased")),
    "end_view_as": (_("End look as a member"), _("Look at the portal as this member ended")),
    "accept_invitation": (_("Accept invitation"), _("Invitation accepted")),
}

FORMATTERS = {
    "change_role": RoleFormatter,
    "change_status": StatusFormatter,
    "assign": AssignFormatter,
    "merge_tickets": MergeFormatter,
    "link_tickets": LinkFormatter,
    "unlink_tickets": UnlinkFormatter,
    "move_ticket": MoveFormatter,
    "change_fields": FieldsFormatter,
    "close_ticket": CloseFormatter,
    "reopen_ticket": ReopenFormatter,
    "set_privacy": PrivacyFormatter,
    "rate_ticket": RatingFormatter,
    "record_refusal": RefusalFormatter,
    "begin_view_as": ViewAsFormatter,
}


def register(registry) -> None:
    """Make the actions known to Wagtail, which refuses to log an unknown one."""
    for name, (label, message) in PLAIN.items():
        registry.register_action(f"wagtail_portal.{name}", label, message)
    for name, formatter in FORMATTERS.items():
        registry.register_action(f"wagtail_portal.{name}")(formatter)
