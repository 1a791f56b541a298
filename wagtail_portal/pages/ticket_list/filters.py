"""The filters of the ticket list, made from the portal settings.

Unknown parameters and values are ignored, because URLs are saved and shared, and filters change.
The ID of a member or agent whose tickets the reader can't see finds nothing, as if it didn't exist.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.formats import date_format, number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.columns import Column, columns
from wagtail_portal.columns.filters import StatusField
from wagtail_portal.fields import FormContext
from wagtail_portal.fields.form_fields import CleanLineField, range_problem
from wagtail_portal.models import Member
from wagtail_portal.pages.list_url import ListURL, values
from wagtail_portal.utils.typing import StrOrPromise
from wagtail_portal.utils.users import contains_words, user_name_fields

from .order import UPDATED

#: The filter by the last activity, which replaces the usual period.
ACTIVE = "active"
#: How many members with a name are looked for before their tickets.
NAMED_AT_MOST = 1000


@dataclass(frozen=True)
class TicketFilter:
    """One filter."""

    #: The form field that asks for a value.
    field: forms.Field
    #: Takes a cleaned value, and returns the condition that finds the tickets.
    condition: Callable[[Any], Q]


def _requested_by(members: QuerySet[Member]) -> Callable[[str], Q]:
    """Return the condition of the filter by the name of a requester, who is one of ``members``."""

    @cache
    def condition(name: str) -> Q:
        # Not by email address, or anyone could find out which ones exist.
        named = members.filter(
            contains_words(name, [f"user__{part}" for part in user_name_fields()])
        )
        # Read first, because the database can estimate how many tickets given members have. Those
        # of more members would be found anyway, soon enough in the order of the list.
        keys = list(named.order_by().values_list("pk", flat=True)[: NAMED_AT_MOST + 1])
        few = len(keys) <= NAMED_AT_MOST
        return Q(requester__in=keys if few else named.order_by().values("pk"))

    return condition


def _filters(
    designated: Iterable[Column], context: FormContext, members: QuerySet[Member]
) -> dict[str, TicketFilter]:
    """Return every filter by its name in URLs, in the order in which they are shown."""

    filters: dict[str, TicketFilter] = {}

    def add(column: Column | None, name: str = "") -> None:
        if column and (field := column.filter_field(context)):
            field.required = False
            filters[name or column.param] = TicketFilter(field, column.filter_q)

    for column in designated:
        if not column.always_filters:
            add(column)
    for column in columns().values():
        if column.always_filters and column.for_customers:
            add(column)
        if column.key == "requester":
            label = _("Name of the requester")
            name = CleanLineField(label=label, max_length=100, required=False)
            filters["requester_name"] = TicketFilter(name, _requested_by(members))
    add(UPDATED, ACTIVE)
    return filters


@dataclass(frozen=True)
class ActiveFilter:
    """One value that the list is filtered by, and the URL without it."""

    label: StrOrPromise
    value: str
    url: str


class TicketFilters:
    """The filters of one portal, with the parameters of a URL that they understand."""

    def __init__(self, filters: dict[str, TicketFilter], data: QueryDict):
        self.filters, self.data = filters, data

    @cached_property
    def form(self) -> Any:
        """The form that asks for the values."""
        form = forms.Form(self.data)
        form.fields = {name: row.field for name, row in self.filters.items()}
        return form

    @cached_property
    def names(self) -> list[str]:
        """Every parameter that belongs to a filter."""
        return [key for name, row in self.filters.items() for key in _params(name, row.field)]

    @cached_property
    def applied(self) -> dict[str, object]:
        """Cleaned values by the name of the filter, without empty ones."""
        self.form.is_valid()
        cleaned = self.form.cleaned_data
        applied = {name: cleaned[name] for name in self.filters if cleaned.get(name)}
        for name, given in applied.items():
            # Such a filter finds nothing, which needs an explanation.
            if isinstance(given, tuple) and (problem := range_problem(*given)):
                self.form.add_error(name, problem)
        return applied

    @property
    def problems(self) -> list[tuple[str, str]]:
        """What was typed into filters that can't be applied, as pairs of label and problem."""
        self.applied  # noqa: B018 - adds errors
        fields = self.form.fields
        return [
            (fields[name].label, text)
            for name, texts in self.form.errors.items()
            if name in fields and not hasattr(fields[name], "choices")
            for text in texts
        ]

    def narrow(self, queryset):
        """Return the tickets that all applied filters find."""
        for name, cleaned in self.applied.items():
            queryset = queryset.filter(self.filters[name].condition(cleaned))
        return queryset

    @cached_property
    def params(self) -> dict[str, list[str]]:
        """The parameters of all applied filters."""
        return {
            key: given
            for name in self.applied
            for key in _params(name, self.form.fields[name])
            if (given := self.data.getlist(key))
        }

    def active_filters(self, url: ListURL) -> list[ActiveFilter]:
        """Return each applied value; ``url`` has all of them."""
        active = []
        for name, cleaned in self.applied.items():
            field = self.form.fields[name]
            label = field.label or ""
            if isinstance(field, forms.MultipleChoiceField):
                labels = {str(key): label for key, label in cast(Iterable, field.choices)}
                given = self.data.getlist(name)
                for key in given:
                    others = [other for other in given if other != key]
                    # Those whose tickets the reader can't see aren't named.
                    text = str(labels.get(key, gettext("Unknown")))
                    without = url.replace(**{name: others})
                    active.append(ActiveFilter(label, text, str(without)))
            else:
                without = url.without(*_params(name, field))
                active.append(ActiveFilter(label, _value_text(cleaned), str(without)))
        return active


def _params(name: str, field: forms.Field) -> list[str]:
    """Return the parameters that a form field reads."""
    if isinstance(field.widget, forms.MultiWidget):
        return [f"{name}{suffix}" for suffix in cast(Any, field.widget).widgets_names]
    return [name]


def _value_text(cleaned) -> str:
    if not isinstance(cleaned, tuple):
        return f"“{cleaned}”" if isinstance(cleaned, str) else str(cleaned)
    first, last = ("" if end is None else _end_text(end) for end in cleaned)
    if first == last:
        return first
    if not first:
        return gettext("up to %(last)s") % {"last": last}
    if not last:
        return gettext("from %(first)s") % {"first": first}
    return gettext("%(first)s to %(last)s") % {"first": first, "last": last}


def _end_text(end) -> str:
    if hasattr(end, "isoformat"):
        return date_format(end, "SHORT_DATE_FORMAT")
    return number_format(end) if not isinstance(end, str) else end


def filters_for(
    designated: Iterable[Column],
    params: QueryDict,
    context: FormContext,
    members: QuerySet[Member],
) -> TicketFilters:
    """Return the filters of a portal, bound to the parameters of a URL.

    :param designated: the columns by which editors let customers filter.
    :param context: finds the members whom the reader can see.
    :param members: the requesters of all tickets that the reader can see, and others.
    """
    filters = _filters(designated, context, members)
    data = QueryDict(mutable=True)
    for name, row in filters.items():
        for key in _params(name, row.field):
            if accepted := _accepted(row.field, values(params, key)):
                data.setlist(key, accepted)
    return TicketFilters(filters, data)


def _accepted(field: forms.Field, given: list[str]) -> list[str]:
    """Return the values that a field can use: those of its choices, or else the last one."""
    if isinstance(field, StatusField):
        given = list(dict.fromkeys(filter(None, map(field.canonical, given))))
    if isinstance(field, forms.MultipleChoiceField):
        return [value for value in given if field.valid_value(value)]
    return given[-1:]
