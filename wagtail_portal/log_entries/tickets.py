"""Log entries of tickets."""

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from wagtail_portal.models import Score, State, Status, WakeReason, display_name
from wagtail_portal.utils.humanize import comma_list, exact_time

from .entry_type import LogEntryType, from_data, named, old_to_new
from .ticket_fields import fields_for_customers, fields_for_team


def _status_of(entry, key: str) -> Status:
    """Return the old or new status in an entry's data, also if it was deleted."""
    stored = entry.data.get(key, "")
    if isinstance(stored, dict):
        return Status(**stored)
    name = stored.replace("-", " ").capitalize()
    # Without the signals of Django, a status is deleted without keeping its name.
    return entry.statuses.get(stored) or Status(name=name, label=name)


def _status(entry, reader) -> str:
    old, new = (_status_of(entry, key) for key in ("old", "new"))
    label = new.localized_label
    # Two statuses can have the same label for customers.
    if old.localized_label == label:
        return ""
    if new.state == State.WAITING_ON_CUSTOMER:
        label = reader.waiting_label or label
    return gettext("Status changed to %(status)s") % {"status": label}


def _status_for_team(entry) -> str:
    return gettext("Status changed from %(old)s to %(new)s") % {
        key: _status_of(entry, key).name for key in ("old", "new")
    }


def _assigned(entry) -> str:
    words = []
    for key, nothing in (("new", _("Unassigned")), ("new_group", _("Removed from the group"))):
        if key in entry.data:
            name = named(entry, key)
            words.append(gettext("Assigned to %(name)s") % {"name": name} if name else str(nothing))
    return comma_list(words)


def _assignee(entry, reader) -> str:
    name = entry.data.get("new")
    if name == entry.data.get("old"):
        # Only the group has changed.
        return ""
    return gettext("%(name)s is looking after this ticket") % {"name": name} if name else ""


def _by_actor(you, name, team):
    """Return a timeline function that names who did it: the reader, a teammate, or the team."""

    def timeline(entry, reader) -> str:
        if entry.data.get("side") == "team":
            return str(team)
        user = entry.user if entry.user_id else None
        if user is not None and user.pk == reader.member.user_id:
            return str(you)
        return name % {"name": display_name(user) if user else gettext("A former member")}

    return timeline


def _about_member(you, name):
    """Return a timeline function that names whom it's about: the reader, or a teammate."""

    def timeline(entry, reader) -> str:
        pk = entry.data.get("member")
        if pk == reader.member.pk:
            return str(you)
        return name % {"name": reader.name_of(pk) or gettext("A teammate")}

    return timeline


_made_private = _by_actor(
    _("You made this ticket private"),
    _("%(name)s made this ticket private"),
    _("The support team made this ticket private"),
)
_made_visible = _by_actor(
    _("You made this ticket visible to your organization"),
    _("%(name)s made this ticket visible to the organization"),
    _("The support team made this ticket visible to the organization"),
)


def _privacy(entry, reader) -> str:
    return (_made_private if entry.data.get("private") else _made_visible)(entry, reader)


def _privacy_for_team(entry) -> str:
    if entry.data.get("private"):
        return gettext("Made private")
    return gettext("Made visible to the organization")


def _rating(entry) -> str:
    score = entry.data.get("score", "")
    return gettext("Rated: %(score)s") % {"score": dict(Score.choices).get(score, score)}


def _merge(entry, reader) -> str:
    # The page links to the other ticket above the conversation, for those who can see it.
    if "into" in entry.data:
        return gettext("This ticket was merged into another ticket")
    return gettext("Another ticket was merged into this one")


def _merge_for_team(entry) -> str:
    if "into" in entry.data:
        return gettext("Merged into #%(number)s") % {"number": entry.data["into"]}
    return gettext("#%(number)s was merged into this ticket") % {
        "number": entry.data.get("merged", "")
    }


def _retention(entry) -> str:
    texts = (
        ("deleted", gettext("tickets deleted: %(number)d")),
        ("anonymized", gettext("tickets anonymised: %(number)d")),
        ("files", gettext("tickets whose attachments were deleted: %(number)d")),
        ("histories", gettext("tickets whose history was deleted: %(number)d")),
    )
    found = [text % {"number": entry.data[key]} for key, text in texts if key in entry.data]
    return gettext("Retention: %(changes)s") % {"changes": comma_list(found)}


def _snoozed(entry) -> str:
    until = parse_datetime(entry.data.get("until") or "")
    if until is None:
        return gettext("Snoozed until the customer replies")
    text = gettext("Snoozed until %(time)s, or until the customer replies")
    return text % {"time": exact_time(until)}


def _woken(entry) -> str:
    reason = entry.data.get("reason", "")
    return gettext("Back in the list: %(reason)s") % {
        "reason": dict(WakeReason.choices).get(reason, reason)
    }


TYPES = [
    LogEntryType("open_ticket", _("Open ticket"), _("Ticket opened")),
    LogEntryType(
        "complete_request", _("Verify email address"), _("Email address verified with a code")
    ),
    LogEntryType("reply", _("Reply"), _("Replied")),
    LogEntryType("undo", _("Undo"), _("Took back a message before it was sent")),
    LogEntryType("edit_message", _("Edit message"), _("Message corrected by its author")),
    LogEntryType("add_note", _("Internal note"), _("Internal note added")),
    LogEntryType(
        "change_status",
        _("Change status"),
        _status_for_team,
        timeline=_status,
        designation="status",
        is_change=True,
    ),
    LogEntryType(
        "close_ticket",
        pgettext_lazy("tickets", "Close"),
        _status_for_team,
        timeline=_by_actor(
            _("You marked this as solved"),
            _("%(name)s marked this as solved"),
            _("The support team marked this as solved"),
        ),
        names_author=True,
    ),
    LogEntryType(
        "reopen_ticket",
        _("Reopen"),
        _status_for_team,
        timeline=_by_actor(
            _("You reopened this ticket"),
            _("%(name)s reopened this ticket"),
            _("The support team reopened this ticket"),
        ),
        names_author=True,
    ),
    LogEntryType(
        "assign",
        _("Assign"),
        _assigned,
        timeline=_assignee,
        designation="assignee",
        is_change=True,
    ),
    LogEntryType(
        "change_fields",
        _("Change fields"),
        fields_for_team,
        timeline=fields_for_customers,
        is_change=True,
    ),
    LogEntryType(
        "change_subject",
        _("Change subject"),
        _("Subject changed"),
        timeline=lambda entry, reader: gettext("The subject was changed"),
        is_change=True,
    ),
    LogEntryType(
        "change_requester",
        _("Change requester"),
        _("Requester changed"),
        timeline=_about_member(
            _("You became the requester of this ticket"),
            _("%(name)s became the requester of this ticket"),
        ),
        is_change=True,
    ),
    LogEntryType(
        "move_ticket",
        _("Move to another organization"),
        old_to_new(_("Moved from %(old)s to %(new)s")),
        timeline=lambda entry, reader: gettext("This ticket was moved to your organization"),
    ),
    LogEntryType(
        "set_privacy",
        _("Set privacy"),
        _privacy_for_team,
        timeline=_privacy,
        names_author=True,
    ),
    LogEntryType(
        "follow",
        _("Follow"),
        _("Follower added"),
        timeline=_about_member(
            _("You started following this ticket"), _("%(name)s started following this ticket")
        ),
    ),
    LogEntryType(
        "unfollow",
        _("Unfollow"),
        _("Follower removed"),
        timeline=_about_member(
            _("You stopped following this ticket"), _("%(name)s stopped following this ticket")
        ),
    ),
    LogEntryType(
        "share_ticket",
        _("Share with a guest"),
        _("Shared with someone outside the organization"),
        timeline=_by_actor(
            _("You shared this ticket with someone outside the organization"),
            _("%(name)s shared this ticket with someone outside the organization"),
            _("The support team shared this ticket with someone outside the organization"),
        ),
        names_author=True,
    ),
    LogEntryType(
        "unshare_ticket",
        _("Remove a guest"),
        _("Guest removed"),
        timeline=lambda entry, reader: gettext("A guest no longer has access to this ticket"),
    ),
    LogEntryType("snooze", _("Snooze"), _snoozed),
    LogEntryType("end_snooze", _("End snooze"), _woken),
    LogEntryType("mute", _("Mute"), _("Muted")),
    LogEntryType("unmute", _("Unmute"), _("Unmuted")),
    LogEntryType("merge_tickets", _("Merge tickets"), _merge_for_team, timeline=_merge),
    LogEntryType("link_tickets", _("Link tickets"), from_data(_("Linked to #%(number)s"), "other")),
    LogEntryType(
        "unlink_tickets", _("Unlink tickets"), from_data(_("Unlinked from #%(number)s"), "other")
    ),
    LogEntryType("rate_ticket", _("Rate"), _rating),
    LogEntryType("delete_ticket", _("Delete ticket"), _("Ticket deleted")),
    LogEntryType("apply_retention", _("Apply retention settings"), _retention),
]
