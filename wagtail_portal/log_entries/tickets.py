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
    LogEntryType("open_ticket", _("Open ticket"), _("Ticket opened")),
    LogEntryType("complete_request", _("Confirm address"), _("Address confirmed by a mailed code")),
    LogEntryType("reply", _("Reply"), _("Replied")),
    LogEntryType("add_note", _("Internal note"), _("Internal note written")),
    LogEntryType(
        "change_status",
        _("Change status"),
        _status_for_team,
        timeline=_status,
        designation="status",
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
    ),
    LogEntryType(
        "reopen_ticket",
        _("Reopen"),
        _status_for_team,
        timeline=_by_actor(
            _("You opened this again"),
            _("%(name)s opened this again"),
            _("The support team opened this again"),
        ),
    ),
    LogEntryType("assign", _("Assign"), _assigned, timeline=_assignee, designation="assignee"),
    LogEntryType(
        "change_fields", _("Change fields"), fields_for_team, timeline=fields_for_customers
    ),
    LogEntryType(
        "change_subject",
        _("Change subject"),
        _("Subject changed"),
        timeline=lambda entry, reader: gettext("The subject was changed"),
    ),
    LogEntryType(
        "change_requester",
        _("Change requester"),
        _("Requester changed"),
        timeline=_about_member(
            _("This is your ticket from here on"), _("This is the ticket of %(name)s from here on")
        ),
    ),
    LogEntryType(
        "move_ticket",
        _("Move to another organization"),
        old_to_new(_("Moved from %(old)s to %(new)s")),
        timeline=lambda entry, reader: gettext("This was moved to your organization"),
    ),
    LogEntryType("set_privacy", _("Set privacy"), _privacy_for_team, timeline=_privacy),
    LogEntryType(
        "follow",
        _("Follow"),
        _("Follower added"),
        timeline=_about_member(
            _("You follow this from here on"), _("%(name)s follows this from here on")
        ),
    ),
    LogEntryType(
        "unfollow",
        _("Unfollow"),
        _("Follower removed"),
        timeline=_about_member(
            _("You do not follow this any more"), _("%(name)s does not follow this any more")
        ),
    ),
    LogEntryType("mute", _("Mute"), _("Muted: wants no mail")),
    LogEntryType("unmute", _("Unmute"), _("Not muted any more")),
    LogEntryType("merge_tickets", _("Merge tickets"), _merge_for_team, timeline=_merge),
    LogEntryType(
        "link_tickets", _("Link tickets"), from_data(_("Linked with #%(number)s"), "other")
    ),
    LogEntryType(
        "unlink_tickets",
        _("Unlink tickets"),
        from_data(_("Not linked with #%(number)s any more"), "other"),
    ),
    LogEntryType("rate_ticket", _("Rate"), _rating),
    LogEntryType("delete_ticket", _("Delete ticket"), _("Ticket deleted")),
]
