"""How designated fields show on a ticket: in the list, in exports, and beside the conversation."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.db.models import F
from django.db.models.functions import Lower
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from wagtail_portal.fields import FormContext
from wagtail_portal.fields.filters import in_order
from wagtail_portal.fields.types.people import MemberType
from wagtail_portal.models import (
    DesignatedField,
    Ticket,
    Urgency,
    display_name,
    member_names,
    user_name_fields,
)


@dataclass(frozen=True)
class Cell:
    """One field of one ticket. ``html`` is safe, and empty when there is no value."""

    key: str
    label: str | Promise
    html: SafeString | str


@dataclass(frozen=True)
class Column:
    """One designated field, ready to be shown on many tickets.

    ``show`` and ``tell`` take a ticket, and give its value as safe HTML and in plain words.
    ``ordering(descending)`` is what ``order_by()`` takes; None when the field does not sort.
    """

    key: str
    label: str | Promise
    show: Callable[[Ticket], SafeString | str]
    tell: Callable[[Ticket], str]
    ordering: Callable[[bool], list] | None = None
    #: Whether one wants the largest first, as with dates.
    descends_first: bool = False
    #: The value for a cell of a spreadsheet, where that is something else than words.
    value: Callable[[Ticket], Any] | None = None
    #: ``prepare(tickets, context)`` gives the column for these tickets, see :func:`for_tickets`.
    prepare: Callable[[list[Ticket], FormContext], "Column"] | None = None

    @property
    def param(self) -> str:
        """How addresses call the column."""
        return parameter(self.key)

    def cell(self, ticket: Ticket) -> Cell:
        """The field on ``ticket``."""
        return Cell(self.key, self.label, self.show(ticket))

    def export(self, ticket: Ticket) -> Any:
        """The field on ``ticket``, for a cell of a spreadsheet."""
        return self.value(ticket) if self.value else self.tell(ticket)


def parameter(key: str) -> str:
    """How addresses call the designated field with that key; no two have the same name."""
    return key.replace("field:", "f-", 1)


def column(
    designation: DesignatedField,
    *,
    brief: bool = False,
    context: FormContext | None = None,
    tickets=(),
) -> Column:
    """The column for a designated field.

    :param brief: for a list, where a cell is one line.
    :param context: says where files are; without it they are only named.
    :param tickets: those that it is going to be shown on.
    """
    field = designation.ticket_field
    if field is None:
        return Column(designation.key, designation.label, **BUILT_IN[designation.builtin]())
    kind = field.field_type
    stored = [ticket.values.get(field.key) for ticket in tickets]
    spec = kind.prepare(field.spec(), context or FormContext(), stored)
    sorts = kind.sort_expressions(field.key, spec) is not None
    return Column(
        designation.key,
        designation.label,
        show=partial(_show, key=field.key, html=kind.list_html if brief else kind.html, spec=spec),
        tell=partial(_tell, key=field.key, kind=kind, spec=spec),
        ordering=partial(_ordering, key=field.key, kind=kind, spec=spec) if sorts else None,
        descends_first=kind.sorts_descending_first,
        prepare=lambda tickets, context: column(
            designation, brief=brief, context=context, tickets=tickets
        ),
        value=partial(_value, key=field.key, kind=kind, spec=spec),
    )


def for_tickets(columns: list[Column], designations, tickets: list[Ticket]) -> list[Column]:
    """The same columns, with everything looked up at once that their values speak of."""
    context = with_names(FormContext(), designations, tickets)
    return [row.prepare(tickets, context) if row.prepare else row for row in columns]


def with_names(context: FormContext, designations, tickets: list[Ticket]) -> FormContext:
    """``context``, with the names of all members that are values of designated fields."""
    fields = [row.ticket_field for row in designations if row.ticket_field]
    keys = [field.key for field in fields if field.type == MemberType.key]
    values = [ticket.values.get(key) for ticket in tickets for key in keys]
    ids = {value for value in values if isinstance(value, int)}
    found = member_names(ids) if ids else {}
    return replace(context, names={pk: found.get(pk) for pk in ids})


def _show(ticket, *, key, html, spec):
    stored = ticket.values.get(key)
    return "" if stored is None else html(stored, spec)


def _tell(ticket, *, key, kind, spec):
    stored = ticket.values.get(key)
    return "" if stored is None else str(kind.display(stored, spec))


def _value(ticket, *, key, kind, spec):
    stored = ticket.values.get(key)
    return "" if stored is None else kind.export(stored, spec)


def _ordering(descending, *, key, kind, spec):
    return kind.ordering(key, spec, descending=descending)


def _status(ticket):
    status = {"label": ticket.status.localized_label, "state": ticket.status.state}
    return _partial("status", status=status)


def _assignee(ticket):
    return display_name(ticket.assignee, from_team=True) if ticket.assignee else ""


def _opened(ticket):
    return _partial("time", at=ticket.opened_at)


def _opened_words(ticket):
    return date_format(timezone.localtime(ticket.opened_at), "DATETIME_FORMAT")


def _partial(name, **context) -> SafeString:
    html = render_to_string(f"wagtail_portal/includes/{name}.html", context)
    return mark_safe(html.strip())  # noqa: S308 - a template's output, which escapes


def _by(*names):
    """The order by columns of the database; without a value last in both directions."""

    def ordering(descending):
        direction = "desc" if descending else "asc"
        return [getattr(F(name), direction)(nulls_last=True) for name in names]

    return ordering


def _by_name(prefix):
    """The order by the name of a user; None where the user model has no column for it."""
    names = [f"{prefix}{name}" for name in user_name_fields()]
    if not names:
        return None

    def ordering(descending):
        direction = "desc" if descending else "asc"
        return [getattr(Lower(name), direction)(nulls_last=True) for name in names]

    return ordering


def _by_urgency(descending):
    place = in_order(F("urgency"), Urgency.values)
    return [place.desc() if descending else place.asc()]


def _plain(tell):
    """Plain words are their own HTML, once escaped."""
    return {"show": lambda ticket: escape(tell(ticket)), "tell": tell}


#: By key, what a column is made of.
BUILT_IN = {
    "status": lambda: {
        "show": _status,
        "tell": lambda ticket: ticket.status.localized_label,
        "ordering": _by("status__sort_order", "status_id"),
    },
    "requester": lambda: {
        **_plain(lambda ticket: ticket.requester.name),
        "ordering": _by_name("requester__user__"),
    },
    "assignee": lambda: {**_plain(_assignee), "ordering": _by_name("assignee__")},
    "urgency": lambda: {
        **_plain(lambda ticket: ticket.get_urgency_display()),
        "ordering": _by_urgency,
        "descends_first": True,
    },
    "form": lambda: {
        **_plain(lambda ticket: ticket.form_title),
        "ordering": _by("form_title"),
    },
    "opened": lambda: {
        "show": _opened,
        "tell": _opened_words,
        "ordering": _by("opened_at"),
        "descends_first": True,
        "value": lambda ticket: timezone.localtime(ticket.opened_at),
    },
}
