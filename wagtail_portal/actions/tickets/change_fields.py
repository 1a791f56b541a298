"""Change a ticket's fields and its urgency."""

from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext

from wagtail_portal import search, signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Conflict, Invalid, NotAllowed
from wagtail_portal.models import PortalSettings, Ticket, Urgency
from wagtail_portal.permissions import Actor, Verb

from ._files import checked_files, extract_files
from ._ticket import lock_for, save, transaction_for
from ._values import clean_values


def change_fields(
    ticket: Ticket,
    *,
    by: Actor,
    values: dict,
    urgency: str | None = None,
    original: dict | None = None,
    former: dict | None = None,
    at: datetime | None = None,
    notify: bool = True,
) -> Ticket:
    """Set ticket fields, and return the ticket. Fields that aren't named keep their values.

    :param values: by field key, in the stored form of the field's type; a file as such, and None
        to empty a field.
    :param urgency: one of :class:`~wagtail_portal.models.Urgency`.
    :param original: the values that the change is based on, by ``field:<key>`` and ``urgency``. A
        field whose value is another one by now isn't overwritten.
    :param former: values by field key that the ticket once had. They can come back even if the
        field or the choice is gone.
    :raises NotAllowed: unless ``by`` may change the ticket and, for a customer, each of the fields
        is designated as editable.
    :raises Deleted: when the ticket has been deleted.
    :raises Locked: when the ticket was merged or, for a customer, closed too long ago.
    :raises Invalid: with ``field:<key>`` for each value that its field doesn't accept.
    :raises Conflict: with the current values of the fields that no longer have their original one.
    """
    by.require(Verb.CHANGE)
    wanted = {f"field:{key}": value for key, value in values.items()}
    if urgency is not None:
        if urgency not in Urgency.values:
            raise Invalid({"urgency": gettext("Select an urgency.")})
        wanted["urgency"] = urgency
    if not by.is_team:
        editable = {row.key for row in PortalSettings.for_site(ticket.site).editable}
        if not wanted.keys() <= editable:
            raise NotAllowed(Verb.CHANGE)
    known = former or {}
    given = {key: value for key, value in values.items() if value not in (None, known.get(key))}
    cleaned = clean_values(
        given, by=by, organization=ticket.organization, site=ticket.site, ticket=ticket
    )
    cleaned, _answers, field_files = extract_files(cleaned)
    wanted |= {f"field:{key}": value for key, value in cleaned.items()}
    begin = partial(transaction_for, ticket)
    with checked_files(by, ticket.site, (), field_files=field_files, begin=begin) as files:
        at = lock_for("change_fields", ticket, by=by, verb=Verb.CHANGE, at=at)
        changes = _changes(ticket, wanted)
        _refuse_conflicts(changes, original or {})
        if changes:
            files.for_ticket(ticket, field_files, at)
            _apply(ticket, changes, by=by, at=at, notify=notify)
    return ticket


def value_of(ticket: Ticket, key: str) -> Any:
    """Return the present value of ``urgency`` or ``field:<key>``, in its stored form."""
    return ticket.urgency if key == "urgency" else ticket.values.get(key.removeprefix("field:"))


def _changes(ticket: Ticket, wanted: Any) -> dict[str, tuple]:
    both = {key: (value_of(ticket, key), new) for key, new in wanted.items()}
    return {key: (old, new) for key, (old, new) in both.items() if old != new}


def _refuse_conflicts(changes: Any, original: Any) -> None:
    newer = {
        key: old for key, (old, _new) in changes.items() if key in original and original[key] != old
    }
    if newer:
        raise Conflict(newer)


def _apply(ticket: Ticket, changes: Any, *, by: Actor, at: datetime, notify: bool) -> None:
    urgency = changes.pop("urgency", None)
    of_fields = {key.removeprefix("field:"): change for key, change in changes.items()}
    if urgency:
        ticket.urgency = urgency[1]
    values = {**ticket.values, **{key: new for key, (_old, new) in of_fields.items()}}
    ticket.values = {key: value for key, value in values.items() if value is not None}
    save(ticket, at, seen_by_customers=True, fields=["values", "urgency"])
    if of_fields:
        search.backend().update(ticket)
    extra = {"urgency": urgency} if urgency else {}
    record(ticket, "change_fields", by=by, at=at, changes=of_fields, **extra)
    signals.fields_changed.send(
        sender=Ticket, ticket=ticket, changes=of_fields, urgency=urgency, by=by, notify=notify
    )
