"""What happened to a ticket between its messages, in words for its customers.

From the ticket's log, and of it only what they may know: fields that are designated, statuses by
their label, people whom the reader knows of.
"""

from dataclasses import dataclass, field

from django.utils.text import Truncator
from django.utils.translation import gettext

from wagtail_portal.fields import FieldSpec, FormContext, get_field_type
from wagtail_portal.fields.translations import localized
from wagtail_portal.models import (
    DesignatedField,
    Member,
    TicketLogEntry,
    Urgency,
    display_name,
)

from .participants import Participants

#: A very restless ticket shows the newest of them.
EVENTS_SHOWN = 200
VALUE_LENGTH = 80


def log_entries(thread, designated: set[str]) -> list[TicketLogEntry]:
    """What the log says of the time of this part of the conversation, oldest first."""
    shown = [
        PREFIX + action
        for action, (needs, _words) in EVENTS.items()
        if not needs or needs in designated
    ]
    log = TicketLogEntry.objects.filter(ticket=thread.ticket, action__in=shown)
    if thread.before is not None:
        log = log.filter(timestamp__gt=thread.before.created_at)
    if thread.page > 1:
        log = log.filter(timestamp__lte=thread.messages[-1].created_at)
    return list(log.select_related("user").order_by("-timestamp", "-id")[:EVENTS_SHOWN])[::-1]


def mentioned(entries) -> set[int]:
    """Primary keys of the members of whom the entries speak."""
    return {entry.data["member"] for entry in entries if "member" in entry.data}


@dataclass(frozen=True)
class Reader:
    """For whom the words are."""

    member: Member
    participants: Participants
    designated: dict[str, DesignatedField]
    #: By key, the designated ticket fields that the entries speak of.
    specs: dict[str, FieldSpec] = field(default_factory=dict)


def _specs(entries, designated) -> dict[str, FieldSpec]:
    """What the fields that were changed have to know of their values, all looked up at once."""
    values = {}
    for entry in entries:
        for key, both in entry.data.get("changes", {}).items():
            values.setdefault(f"field:{key}", []).extend(both)
    rows = {key: designated[key].ticket_field for key in values if key in designated}
    return {
        key: row.field_type.prepare(row.spec(), FormContext(), values[key])
        for key, row in rows.items()
    }


def events(entries, reader: Reader) -> list[dict]:
    """The entries in words; those that say nothing to customers are left out."""
    reader.specs.update(_specs(entries, reader.designated))
    found = []
    for entry in entries:
        _needs, in_words = EVENTS[entry.action.removeprefix(PREFIX)]
        if words := in_words(entry, reader):
            found.append({"kind": "event", "text": words, "created_at": entry.timestamp})
    return found


def _status(entry, reader) -> str:
    old, new = entry.data["old"], entry.data["new"]
    # Two statuses of the team may be one to customers.
    if old["label"] == new["label"]:
        return ""
    label = localized(new.get("translations"), "label", new["label"])
    return gettext("Status changed to %(status)s") % {"status": label}


def _assign(entry, reader) -> str:
    name = entry.data.get("new")
    if name == entry.data.get("old"):
        # Only the team's group has changed.
        return ""
    return gettext("%(name)s takes care of this") % {"name": name} if name else ""


def _by(you, name, team):
    """Words that say who did it: the reader, a teammate by name, or the support team."""

    def words(entry, reader) -> str:
        if entry.data.get("side") == "team":
            return str(team())
        user = entry.user if entry.user_id else None
        if user is not None and user.pk == reader.member.user_id:
            return you()
        return name() % {"name": display_name(user) if user else gettext("A former member")}

    return words


_close = _by(
    lambda: gettext("You marked this as solved"),
    lambda: gettext("%(name)s marked this as solved"),
    lambda: gettext("The support team marked this as solved"),
)
_reopen = _by(
    lambda: gettext("You opened this again"),
    lambda: gettext("%(name)s opened this again"),
    lambda: gettext("The support team opened this again"),
)
_made_private = _by(
    lambda: gettext("You made this private"),
    lambda: gettext("%(name)s made this private"),
    lambda: gettext("The support team made this private"),
)
_made_visible = _by(
    lambda: gettext("You showed this to your organization again"),
    lambda: gettext("%(name)s showed this to the organization again"),
    lambda: gettext("The support team showed this to the organization again"),
)


def _merge(entry, reader) -> str:
    # Where it goes on stands above the conversation, for those who may read that one.
    if "into" in entry.data:
        return gettext("This goes on in another ticket")
    return gettext("Another ticket goes on in this one")


def _subject(entry, reader) -> str:
    return gettext("The subject was changed")


def _move(entry, reader) -> str:
    return gettext("This was moved to your organization")


def _requester(entry, reader) -> str:
    pk = entry.data.get("member")
    if pk == reader.member.pk:
        return gettext("This is your ticket from here on")
    name = reader.participants.name_of(pk) or gettext("A teammate")
    return gettext("This is the ticket of %(name)s from here on") % {"name": name}


def _privacy(entry, reader) -> str:
    return (_made_private if entry.data.get("private") else _made_visible)(entry, reader)


def _follow(entry, reader) -> str:
    pk = entry.data.get("member")
    if pk == reader.member.pk:
        return gettext("You follow this from here on")
    name = reader.participants.name_of(pk) or gettext("A teammate")
    return gettext("%(name)s follows this from here on") % {"name": name}


def _unfollow(entry, reader) -> str:
    pk = entry.data.get("member")
    if pk == reader.member.pk:
        return gettext("You do not follow this any more")
    name = reader.participants.name_of(pk) or gettext("A teammate")
    return gettext("%(name)s does not follow this any more") % {"name": name}


def _fields(entry, reader) -> str:
    changes = {f"field:{key}": both for key, both in entry.data.get("changes", {}).items()}
    if "urgency" in entry.data:
        changes = {"urgency": entry.data["urgency"], **changes}
    return " · ".join(
        _change(reader.designated[key], reader.specs.get(key), *both)
        for key, both in changes.items()
        if key in reader.designated
    )


def _change(designation, spec, old, new) -> str:
    values = {
        "field": designation.label,
        "old": shown_value(spec, old),
        "new": shown_value(spec, new),
    }
    if not values["new"]:
        return gettext("%(field)s emptied") % values
    if not values["old"]:
        return gettext("%(field)s set to %(new)s") % values
    return gettext("%(field)s changed from %(old)s to %(new)s") % values


def shown_value(spec: FieldSpec | None, stored) -> str:
    """A stored value in a few plain words; one without a ``spec`` is an urgency."""
    if stored is None:
        return ""
    if spec is None:
        return str(dict(Urgency.choices).get(stored, stored))
    shown = get_field_type(spec.type).display(stored, spec)
    return Truncator(" ".join(shown.split())).chars(VALUE_LENGTH)


#: By action, the designated field without which customers hear nothing of it, and the words.
EVENTS = {
    "change_status": ("status", _status),
    "assign": ("assignee", _assign),
    "change_fields": ("", _fields),
    "close_ticket": ("", _close),
    "reopen_ticket": ("", _reopen),
    "follow": ("", _follow),
    "unfollow": ("", _unfollow),
    "set_privacy": ("", _privacy),
    "merge_tickets": ("", _merge),
    "change_subject": ("", _subject),
    "change_requester": ("", _requester),
    "move_ticket": ("", _move),
}
PREFIX = "wagtail_portal."
