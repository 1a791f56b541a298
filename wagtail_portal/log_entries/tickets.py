"""Log entries of tickets."""

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from wagtail_portal.fields.translations import localized
from wagtail_portal.models import Score, display_name

from .entry_type import LogEntryType, from_data, named, old_to_new
from .ticket_fields import fields_for_customers, fields_for_team


def _status(entry, reader) -> str:
    old, new = entry.data["old"], entry.data["new"]
    # Two statuses of the team may have the same label.
    if old["label"] == new["label"]:
        return ""
    label = localized(new.get("translations"), "label", new["label"])
    return gettext("Status changed to %(status)s") % {"status": label}


def _assigned(entry) -> str:
    words = []
    for key, nobody in (("new", _("Unassigned")), ("new_group", _("Assigned to no group"))):
        if key in entry.data:
            name = named(entry, key)
            words.append(gettext("Assigned to %(name)s") % {"name": name} if name else str(nobody))
    return ", ".join(words)


def _assignee(entry, reader) -> str:
    name = entry.data.get("new")
    if name == entry.data.get("old"):
        # Only the team's group has changed.
        return ""
    return gettext("%(name)s takes care of this") % {"name": name} if name else ""


def _by_actor(you, name, team):
    """Return a function that says who did it: the reader, a teammate by name, or the team."""

    def timeline(entry, reader) -> str:
        if entry.data.get("side") == "team":
            return str(team)
        user = entry.user if entry.user_id else None
        if user is not None and user.pk == reader.member.user_id:
            return str(you)
        return name % {"name": display_name(user) if user else gettext("A former member")}

    return timeline


def _about_member(you, name):
    """Return a function that says whom it's about: the reader, or a teammate."""

    def timeline(entry, reader) -> str:
        pk = entry.data.get("member")
        if pk == reader.member.pk:
            return str(you)
        return name % {"name": reader.name_of(pk) or gettext("A teammate")}

    return timeline


_made_private = _by_actor(
    _("You made this private"),
    _("%(name)s made this private"),
    _("The support team made this private"),
)
_made_visible = _by_actor(
    _("You showed this to your organization again"),
    _("%(name)s showed this to the organization again"),
    _("The support team showed this to the organization again"),
)


def _privacy(entry, reader) -> str:
    return (_made_private if entry.data.get("private") else _made_visible)(entry, reader)


def _privacy_for_team(entry) -> str:
    if entry.data.get("private"):
        return gettext("Made private")
    return gettext("Shown to the organization again")


def _rating(entry) -> str:
    score = entry.data.get("score", "")
    return gettext("Rated: %(score)s") % {"score": dict(Score.choices).get(score, score)}


def _merge(entry, reader) -> str:
    # Which ticket it is stands above the conversation, for those who may read that one.
    if "into" in entry.data:
        return gettext("This goes on in another ticket")
    return gettext("Another ticket goes on in this one")


def _merge_for_team(entry) -> str:
    if "into" in entry.data:
        return gettext("Merged into #%(number)s") % {"number": entry.data["into"]}
    return gettext("#%(number)s was merged into this") % {"number": entry.data.get("merged", "")}


_status_for_team = old_to_new(_("Status changed from %(old)s to %(new)s"))

TYPES = [
    LogEntryType(action="open_ticket", label=_("Open ticket"), team=_("Ticket opened")),
    LogEntryType(
        action="complete_request",
        label=_("Confirm address"),
        team=_("Address confirmed by a mailed code"),
    ),
    LogEntryType(action="reply", label=_("Reply"), team=_("Replied")),
    LogEntryType(action="add_note", label=_("Internal note"), team=_("Internal note written")),
    LogEntryType(
        action="change_status",
        label=_("Change status"),
        team=_status_for_team,
        timeline=_status,
        designation="status",
    ),
    LogEntryType(
        action="close_ticket",
        label=pgettext_lazy("tickets", "Close"),
        team=_status_for_team,
        timeline=_by_actor(
            _("You marked this as solved"),
            _("%(name)s marked this as solved"),
            _("The support team marked this as solved"),
        ),
    ),
    LogEntryType(
        action="reopen_ticket",
        label=_("Reopen"),
        team=_status_for_team,
        timeline=_by_actor(
            _("You opened this again"),
            _("%(name)s opened this again"),
            _("The support team opened this again"),
        ),
    ),
    LogEntryType(
        action="assign",
        label=_("Assign"),
        team=_assigned,
        timeline=_assignee,
        designation="assignee",
    ),
    LogEntryType(
        action="change_fields",
        label=_("Change fields"),
        team=fields_for_team,
        timeline=fields_for_customers,
    ),
    LogEntryType(
        action="change_subject",
        label=_("Change subject"),
        team=_("Subject changed"),
        timeline=lambda entry, reader: gettext("The subject was changed"),
    ),
    LogEntryType(
        action="change_requester",
        label=_("Change requester"),
        team=_("Requester changed"),
        timeline=_about_member(
            _("This is your ticket from here on"),
            _("This is the ticket of %(name)s from here on"),
        ),
    ),
    LogEntryType(
        action="move_ticket",
        label=_("Move to another organization"),
        team=old_to_new(_("Moved from %(old)s to %(new)s")),
        timeline=lambda entry, reader: gettext("This was moved to your organization"),
    ),
    LogEntryType(
        action="set_privacy",
        label=_("Set privacy"),
        team=_privacy_for_team,
        timeline=_privacy,
    ),
    LogEntryType(
        action="follow",
        label=_("Follow"),
        team=_("Follower added"),
        timeline=_about_member(
            _("You follow this from here on"),
            _("%(name)s follows this from here on"),
        ),
    ),
    LogEntryType(
        action="unfollow",
        label=_("Unfollow"),
        team=_("Follower removed"),
        timeline=_about_member(
            _("You do not follow this any more"),
            _("%(name)s does not follow this any more"),
        ),
    ),
    LogEntryType(action="mute", label=_("Mute"), team=_("Muted: wants no mail")),
    LogEntryType(action="unmute", label=_("Unmute"), team=_("Not muted any more")),
    LogEntryType(
        action="merge_tickets",
        label=_("Merge tickets"),
        team=_merge_for_team,
        timeline=_merge,
    ),
    LogEntryType(
        action="link_tickets",
        label=_("Link tickets"),
        team=from_data(_("Linked with #%(number)s"), "other"),
    ),
    LogEntryType(
        action="unlink_tickets",
        label=_("Unlink tickets"),
        team=from_data(_("Not linked with #%(number)s any more"), "other"),
    ),
    LogEntryType(action="rate_ticket", label=_("Rate"), team=_rating),
    LogEntryType(action="delete_ticket", label=_("Delete ticket"), team=_("Ticket deleted")),
]
