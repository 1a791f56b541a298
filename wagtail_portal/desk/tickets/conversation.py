"""The conversation of a ticket as the team reads it: replies, notes, and what happened between."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext

from wagtail_portal import conf
from wagtail_portal.fields import FormContext, get_field_type
from wagtail_portal.models import Message, Ticket, TicketLogEntry, Urgency

from .urls import address

#: Of these the timeline shows the thing itself.
SAID = ["wagtail_portal.reply", "wagtail_portal.add_note", "wagtail_portal.open_ticket"]
EVENTS_SHOWN = 200


@dataclass
class Entry:
    """One thing in the conversation: a message, or in ``words`` what happened."""

    at: datetime
    who: str
    message: Message | None = None
    words: str = ""
    files: list[dict] = field(default_factory=list)
    #: Whose doing it was, and what the entry is called on the page.
    user_id: int | str | None = None
    key: str = ""


@dataclass
class Conversation:
    """Entries, oldest first; ``earlier`` is the message before which there are more."""

    entries: list[Entry]
    earlier: Message | None = None
    is_newest: bool = True
    #: Primary keys of the newest message and the newest log entry.
    newest: tuple[int, int] = (0, 0)

    @property
    def cursor(self) -> str:
        """Up to where the page knows the conversation, for :mod:`.live`."""
        return "{}.{}".format(*self.newest)


def conversation(ticket: Ticket, specs: dict, before: int | None = None) -> Conversation:
    """The newest messages of a ticket, or those before one of them, and the events of that time.

    :param specs: by key, the ``FieldSpec`` of each ticket field, for the words of a change.
    :param before: the primary key of a message.
    """
    messages = _messages(ticket)
    until = messages.filter(pk=before).first() if before else None
    if until:
        moment = until.created_at
        messages = messages.filter(Q(created_at__lt=moment) | Q(created_at=moment, pk__lt=until.pk))
    size = conf.MESSAGES_PER_PAGE
    newest = list(messages.order_by("-created_at", "-id")[: size + 1])
    shown = newest[:size][::-1]
    has_earlier = len(newest) > size
    log = _log(ticket)
    if has_earlier:
        log = log.filter(timestamp__gte=shown[0].created_at)
    if until:
        log = log.filter(timestamp__lt=until.created_at)
    found = _joined(shown, log, specs)
    found.earlier, found.is_newest = shown[0] if has_earlier else None, until is None
    return found


def news(ticket: Ticket, specs: dict, message: int, entry: int) -> Conversation:
    """What came after a message and a log entry, by their primary keys."""
    newest = _messages(ticket).filter(pk__gt=message).order_by("-pk")[: conf.MESSAGES_PER_PAGE]
    found = _joined(newest[::-1], _log(ticket).filter(pk__gt=entry), specs)
    found.newest = max(message, found.newest[0]), max(entry, found.newest[1])
    return found


def version(ticket: Ticket) -> str:
    """Another one whenever something changes that the team sees, as an entity tag."""
    return f'"{ticket.status_id}-{ticket.team_updated_at.timestamp():.6f}"'


def _messages(ticket):
    messages = ticket.messages.select_related("author", "member__user")
    return messages.prefetch_related("attachments")


def _log(ticket):
    log = TicketLogEntry.objects.filter(ticket=ticket).exclude(action__in=SAID)
    return log.select_related("user").order_by("-timestamp", "-id")


def _joined(messages, log, specs) -> Conversation:
    log = list(log[:EVENTS_SHOWN])[::-1]
    entries = [_message(message) for message in messages] + _events(log, specs)
    entries.sort(key=lambda entry: entry.at)
    last = [max((row.pk for row in rows), default=0) for rows in (messages, log)]
    return Conversation(entries, newest=tuple(last))


def _message(message: Message) -> Entry:
    files = [
        {
            "name": file.name,
            "size": file.size,
            "is_image": file.is_image,
            "url": address("file", file.pk, file.name),
            "thumbnail_url": address("thumbnail", file.pk) if file.thumbnail else "",
        }
        for file in message.attachments.all()
    ]
    return Entry(
        message.created_at,
        message.author_name,
        message,
        files=files,
        user_id=message.author_id,
        key=f"message-{message.pk}",
    )


def _events(log, specs) -> list[Entry]:
    specs = _prepared(specs, log)
    return [
        Entry(
            entry.timestamp,
            _who(entry),
            words=words,
            user_id=entry.user_id,
            key=f"event-{entry.pk}-{number}",
        )
        for entry in log
        for number, words in enumerate(_words(entry, specs))
    ]


def _prepared(specs, log) -> dict:
    """The specs, with everything looked up at once that the changes speak of."""
    seen: dict[str, list] = {}
    for entry in log:
        for key, values in entry.data.get("changes", {}).items():
            seen.setdefault(key, []).extend(values)
    return {
        key: get_field_type(spec.type).prepare(spec, FormContext(), seen.get(key, []))
        for key, spec in specs.items()
    }


def _who(entry) -> str:
    # An entry without a user was made by the software itself.
    return entry.user_display_name if entry.user_id else gettext("Automatic")


def _words(entry, specs) -> list[str]:
    if entry.action != "wagtail_portal.change_fields":
        return [str(entry.message)]
    changes = [
        (specs[key].label if key in specs else key, *(_value(one, specs.get(key)) for one in both))
        for key, both in entry.data.get("changes", {}).items()
    ]
    if "urgency" in entry.data:
        names = dict(Urgency.choices)
        changes.insert(0, (gettext("Urgency"), *(names.get(one) for one in entry.data["urgency"])))
    return [
        gettext("%(field)s: %(old)s → %(new)s") % {"field": label, "old": old, "new": new}
        for label, old, new in changes
    ]


def _value(stored, spec) -> str:
    if stored is None:
        return "–"
    return get_field_type(spec.type).display(stored, spec) if spec else str(stored)
