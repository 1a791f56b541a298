"""What the list can be filtered by: a django-filter ``FilterSet`` made from the portal settings.

It forgives everything: a name that is not designated, a value that is none of the choices or of
another type, is as if it were not there (threat 13). The id of somebody whose tickets one does not
see finds nothing, as an id that nobody has.
"""

from dataclasses import dataclass

import django_filters
from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.fields import FormContext
from wagtail_portal.fields.filters import RangeField
from wagtail_portal.fields.types import CleanLineField
from wagtail_portal.fields.types.dates import DateWithin
from wagtail_portal.models import DesignatedField, PortalSettings, Ticket, Urgency, user_name_fields
from wagtail_portal.pages.columns import parameter

from . import list_query
from .days import day_begins, day_ends

#: The filter by the last activity; it takes the place of the usual period.
ACTIVE = "active"


class ByIds(forms.MultipleChoiceField):
    """Ids of rows. Which there are is looked up where they are shown, see :mod:`.choices`."""

    def valid_value(self, value):
        return value.isdecimal() and value.isascii() and len(value) < 19


class TicketFilter(django_filters.Filter):
    """One filter: ``field``, a form field, asks for a value, and ``query(cleaned)`` finds the
    tickets."""

    field = None

    def __init__(self, field: forms.Field, query):
        super().__init__()
        field.required = False
        self.field, self.query = field, query

    def filter(self, qs, value):
        """``qs``, narrowed."""
        return qs.filter(self.query(value))


def _choices(label, choices=(), make=ByIds):
    return make(label=label, choices=choices, widget=forms.CheckboxSelectMultiple)


def _days(label):
    return RangeField(DateWithin, label=label)


def _between(name):
    def query(days):
        first, last = days or (None, None)
        found = Q(**{f"{name}__gte": day_begins(first)}) if first else Q()
        return found & Q(**{f"{name}__lt": day_ends(last)}) if last else found

    return query


def _one_of(name):
    return lambda found: Q(**{f"{name}__in": found}) if found else Q()


def _named(words):
    """Requesters by their name; their address is not everybody's to try out."""
    found = Q()
    for word in words.split()[:5] if words else ():
        by_word = Q()
        for name in user_name_fields():
            by_word |= Q(**{f"requester__user__{name}__icontains": word})
        found &= by_word
    return found


class ByStatus(forms.MultipleChoiceField):
    """Statuses by the labels for customers: those of the team with the same one are one choice,
    whichever of their keys an address has."""

    def __init__(self, statuses, **kwargs):
        self.labels = {status.key: status.label for status in statuses}
        self.first = {label: key for key, label in reversed(self.labels.items())}
        choices = [
            (status.key, status.localized_label)
            for status in statuses
            if self.first[status.label] == status.key
        ]
        super().__init__(choices=choices, widget=forms.CheckboxSelectMultiple, **kwargs)

    def canonical(self, key: str) -> str | None:
        """The key that stands for all with its label; None for one that does not exist."""
        return self.first.get(self.labels.get(key))

    def query(self, keys) -> Q:
        """The tickets with one of these statuses."""
        return Q(status__label__in=[self.labels[key] for key in keys])


def _status(statuses) -> TicketFilter:
    field = ByStatus(statuses, label=_("Status"))
    return TicketFilter(field, field.query)


def _built_in(designation: DesignatedField) -> TicketFilter | None:
    label = designation.label
    if designation.builtin == "urgency":
        field = _choices(label, Urgency.choices, forms.MultipleChoiceField)
        return TicketFilter(field, _one_of("urgency"))
    if designation.builtin == "opened":
        return TicketFilter(_days(label), _between("opened_at"))
    if designation.builtin == "assignee":
        return TicketFilter(_choices(label), _one_of("assignee_id"))
    # The others can be filtered by everywhere.
    return None


def _of_ticket_field(designation: DesignatedField, context) -> TicketFilter | None:
    field = designation.ticket_field
    kind = field.field_type
    form_field = kind.filter_field(kind.prepare(field.spec(), context))
    if form_field is None:
        return None
    return TicketFilter(form_field, lambda cleaned: kind.filter_q(field.key, cleaned))


def _filters(settings: PortalSettings, context: FormContext) -> dict[str, TicketFilter]:
    """Every filter by the name that it has in addresses, in the order in which they are shown."""
    found = {"status": _status(settings.statuses)}
    for designation in settings.designated("as_filter"):
        own = designation.ticket_field is not None
        if made := _of_ticket_field(designation, context) if own else _built_in(designation):
            found[parameter(designation.key)] = made
    people = TicketFilter(_choices(_("Requester")), _one_of("requester_id"))
    name = TicketFilter(CleanLineField(label=_("Name of the requester"), max_length=100), _named)
    form = TicketFilter(_choices(_("Form")), _one_of("form_id"))
    active = TicketFilter(_days(_("Last change")), _between("updated_at"))
    return {**found, "requester": people, "requester_name": name, "form": form, ACTIVE: active}


@dataclass(frozen=True)
class Tag:
    """One thing that the list is filtered by, and the address without it."""

    label: str | Promise
    value: str
    url: str


class TicketFilterSet(django_filters.FilterSet):
    """The filters of one portal, filled from the parameters of an address."""

    class Meta:
        model = Ticket
        fields = []

    @cached_property
    def names(self) -> list[str]:
        """Every parameter that belongs to a filter."""
        return [found for name, row in self.filters.items() for found in names(name, row.field)]

    @cached_property
    def applied(self) -> dict[str, object]:
        """What is filtered by: cleaned values by the name of the filter."""
        self.form.is_valid()
        cleaned = self.form.cleaned_data
        return {name: cleaned[name] for name in self.filters if cleaned.get(name)}

    def filter_queryset(self, queryset):
        for name, cleaned in self.applied.items():
            queryset = self.filters[name].filter(queryset, cleaned)
        return queryset

    @cached_property
    def params(self) -> dict[str, list[str]]:
        """What is filtered by as parameters of an address."""
        return {
            name: found
            for applied in self.applied
            for name in names(applied, self.form.fields[applied])
            if (found := self.data.getlist(name))
        }

    def tags(self, whole: list_query.Address) -> list[Tag]:
        """A removable tag for each value; ``whole`` is the address with all of them."""
        found = []
        for name, cleaned in self.applied.items():
            field = self.form.fields[name]
            if isinstance(field, forms.MultipleChoiceField):
                labels = {str(key): label for key, label in field.choices}
                # Of somebody whose tickets one does not see there is no name to be told.
                for key in cleaned:
                    others = [other for other in self.data.getlist(name) if other != key]
                    text = str(labels.get(key, gettext("unknown")))
                    found.append(Tag(field.label, text, str(whole.replace(**{name: others}))))
            else:
                rest = whole.without(*names(name, field))
                found.append(Tag(field.label, words(cleaned), str(rest)))
        return found


def names(name: str, field: forms.Field) -> list[str]:
    """The parameters that a form field reads."""
    if isinstance(field.widget, forms.MultiWidget):
        return [f"{name}{suffix}" for suffix in field.widget.widgets_names]
    return [name]


def words(cleaned) -> str:
    """A value that is filtered by, in plain words."""
    if not isinstance(cleaned, tuple):
        return f"“{cleaned}”" if isinstance(cleaned, str) else str(cleaned)
    first, last = ("" if end is None else _end(end) for end in cleaned)
    if first == last:
        return first
    if not first:
        return gettext("up to %(last)s") % {"last": last}
    if not last:
        return gettext("from %(first)s") % {"first": first}
    return gettext("%(first)s to %(last)s") % {"first": first, "last": last}


def _end(end) -> str:
    if hasattr(end, "isoformat"):
        return date_format(end, "SHORT_DATE_FORMAT")
    return number_format(end) if not isinstance(end, str) else end


def filters_for(settings: PortalSettings, params, context: FormContext) -> TicketFilterSet:
    """The filters of a portal, with what ``params`` (a ``QueryDict``) asks for.

    :param context: of whom who is asking may know.
    """
    made = type("PortalFilterSet", (TicketFilterSet,), _filters(settings, context))
    data = QueryDict(mutable=True)
    for name, ticket_filter in made.base_filters.items():
        for key in names(name, ticket_filter.field):
            if found := _accepted(ticket_filter.field, list_query.values(params, key)):
                data.setlist(key, found)
    return made(data, queryset=Ticket.objects.none())


def _accepted(field: forms.Field, given: list[str]) -> list[str]:
    """What a field can make something of: the choices that it has, or else the last value."""
    if isinstance(field, ByStatus):
        given = list(dict.fromkeys(filter(None, map(field.canonical, given))))
    if isinstance(field, forms.MultipleChoiceField):
        return [value for value in given if field.valid_value(value)]
    return given[-1:]
