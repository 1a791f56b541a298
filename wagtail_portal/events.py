"""The registry of events: everything the portal can announce by email.

The built-in events are declared in :mod:`wagtail_portal.notifications.events`. A host project adds
its own with :func:`wagtail_portal.notifications.register_event`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import TextChoices
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils.typing import StrOrPromise

#: Where the emails' templates are, unless an event names others.
TEMPLATE_FOLDER = "wagtail_portal/email"
#: Placeholders in the email templates of events about a ticket.
PLACEHOLDERS = ("number", "subject", "author", "recipient", "organization", "status", "portal")
#: Characters in the key of an event.
MAX_KEY_LENGTH = 60


class Frequency(TextChoices):
    """How often someone is notified of an event."""

    AT_ONCE = "at_once", _("Immediately")
    DAILY = "daily", _("In a daily digest")
    NEVER = "never", _("Never")


@dataclass(frozen=True)
class Preference:
    """A question in the notification preferences, and its default answer."""

    question: StrOrPromise
    default: Frequency = Frequency.AT_ONCE
    #: ``is_offered(member, portal_settings)``: whether a member is asked. Agents always are.
    is_offered: Callable = lambda member, portal: True


@dataclass(frozen=True, eq=False)
class Event:
    """Something that can be announced by email."""

    #: Unique; a host's starts with the name of its app.
    key: str
    #: The name that editors see.
    label: StrOrPromise
    #: The signal that announces it, and a receiver that calls ``notify_event``. Without one, the
    #: arguments of the signal are passed on: ``by``, ``ticket``, ``message`` and so on.
    signal: Signal | None = None
    receiver: Callable | None = None
    #: Who is notified by default: rules from :mod:`wagtail_portal.notifications.recipients`.
    recipients: tuple[Callable, ...] = ()
    #: Whether people who watch all tickets are notified too.
    notifies_watchers: bool = False
    #: What members and agents can choose; those without a preference are notified at once.
    member_preference: Preference | None = None
    agent_preference: Preference | None = None
    #: ``may_receive(notification)``, asked when the email is sent. By default, the recipient must
    #: still have access to the ticket, or to the portal if there's no ticket.
    may_receive: Callable | None = None
    #: Whether a ticket begins with it: the requester gets a confirmation, the subject no "Re:".
    opens_ticket: bool = False
    #: Whether the email shows the message that it's about.
    shows_message: bool = False
    #: Whether the email holds a code or a token. It's stored encrypted until it's sent, and then
    #: deleted.
    is_secret: bool = False
    #: What the template names start with, up to ``_subject.txt``, ``_lead.txt``, ``_message.html``.
    template: str = ""
    #: ``context(notification, context)``: further variables for the templates; None if there's
    #: nothing left to announce.
    context: Callable | None = None
    #: The label of the link, and the sentence that says why the recipient gets the email.
    button: StrOrPromise = ""
    reason: StrOrPromise = ""
    #: Whether editors can change subject and text, and the placeholders that they can use.
    is_editable: bool = False
    placeholders: tuple[str, ...] = PLACEHOLDERS
    #: ``digest_lines(notification, without_content)``: the lines in a digest. Without it, and for
    #: events that aren't about a ticket, the event never waits for a digest.
    digest_lines: Callable | None = None

    @property
    def template_prefix(self) -> str:
        """The prefix of the names of the event's templates."""
        return self.template or f"{TEMPLATE_FOLDER}/{self.key}"

    def preference(self, *, to_team: bool) -> Preference | None:
        """Return what an agent or a member can choose for this event."""
        return self.agent_preference if to_team else self.member_preference

    def frequencies(self) -> list[tuple[str, StrOrPromise]]:
        """Return the choices for this event. A digest is one if it can show the event."""
        return [
            (row.value, row.label)
            for row in Frequency
            if row != Frequency.DAILY or self.digest_lines is not None
        ]


_events: dict[str, Event] = {}


def add_event(event: Event) -> None:
    """Add an event to the registry.

    :raises ValueError: if there's another event with its key, or the key is too long.
    """
    if _events.setdefault(event.key, event) is not event:
        raise ValueError(f"There are two events with the key '{event.key}'.")
    if len(event.key) > MAX_KEY_LENGTH:
        raise ValueError(f"The event key '{event.key}' is longer than {MAX_KEY_LENGTH} characters.")


def get_event(key: str) -> Event:
    """Return the event with this key, or an empty one if its code is no longer installed."""
    return _events.get(key) or Event(key=key, label=key)


def secret_event_keys() -> list[str]:
    """Return the keys of events whose emails hold a secret."""
    return [event.key for event in _events.values() if event.is_secret]


def events_to_choose(*, to_team: bool) -> list[Event]:
    """Return the events for which agents, or members, can choose how often they're notified."""
    return [event for event in _events.values() if event.preference(to_team=to_team)]


def event_choices() -> list[tuple[str, StrOrPromise]]:
    """Return all events as choices. Migrations name this function, so they never list events."""
    return [(event.key, event.label) for event in _events.values()]


def editable_event_choices() -> list[tuple[str, StrOrPromise]]:
    """Return the events whose emails editors can change, as choices."""
    return [(event.key, event.label) for event in _events.values() if event.is_editable]
