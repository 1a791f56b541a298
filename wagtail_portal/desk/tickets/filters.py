"""The filters of the listing of tickets: built-in ones, and those of registered columns."""

from typing import cast

import django_filters
from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef, Q, Subquery
from django.forms import CheckboxSelectMultiple
from django.utils import timezone
from django.utils.formats import localize
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.active_filters import (
    ActiveFilter,
    BaseFilterAdapter,
    ModelMultipleChoiceFilterAdapter,
    filter_adapter_class_registry,
)
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.widgets import AdminDateInput
from wagtail.models import Site

from wagtail_portal.columns import Column, PeriodField, get_column
from wagtail_portal.desk.autocomplete import AutocompleteWidget, agents_for, row_label
from wagtail_portal.desk.customer_filters import DateRangeFilter, YesNoFilter
from wagtail_portal.fields import FormContext
from wagtail_portal.models import Channel, PortalSettings, Score, State, Ticket, was_open
from wagtail_portal.permissions import (
    agent_groups,
    members_for_team,
    organizations_for_team,
    tickets_for_team,
)
from wagtail_portal.portal_urls import form_pages
from wagtail_portal.utils.days import start_of_next_day


class GroupFilter(django_filters.ModelMultipleChoiceFilter):
    """Filters by groups of agents, or by tickets without one."""


def assignees_for(user):
    """Return the users by whom ``user`` can filter: agents, and former ones to whom tickets are
    still assigned."""
    assigned = tickets_for_team(user).filter(assignee=OuterRef("pk"))
    current = Q(pk__in=agents_for(user).order_by().values("pk"))
    return get_user_model()._default_manager.filter(current | Exists(assigned))


def groups_in_use():
    """Return the groups of agents, and others that tickets are still assigned to."""
    assigned = Ticket.objects.filter(group=OuterRef("pk")).order_by("-team_updated_at", "-pk")
    current = Q(pk__in=agent_groups().order_by().values("pk"))
    # In the order of an index, or PostgreSQL goes through all tickets for a group without any.
    found = Group.objects.alias(newest=Subquery(assigned.values("pk")[:1]))
    return found.filter(current | Q(newest__isnull=False)).order_by("name")


class NullChoiceAdapter(ModelMultipleChoiceFilterAdapter):
    """Describes the choice of none, which Wagtail's adapter takes for a primary key."""

    def get_active_filters(self):
        null = self.filter.null_value
        if null in self.value:
            yield ActiveFilter(
                self.bound_field.auto_id,
                self.filter.label,
                self.filter.field.null_label,
                self.get_url_without_filter_param_value(self.name, null),
            )
        self.value = [row for row in self.value if row != null]
        yield from super().get_active_filters()


#: The rows by which a user can filter, by kind.
ROWS = {
    "agent": assignees_for,
    "form": lambda user: form_pages(),
    "member": members_for_team,
    "organization": organizations_for_team,
}


class RowsField(django_filters.fields.ModelMultipleChoiceField):
    """Rows that are found by typing."""

    def label_from_instance(self, obj):
        return row_label(self.widget.kind, obj)


class RowsFilter(django_filters.ModelMultipleChoiceFilter):
    """The filter of a column with ``filter_rows``."""

    field_class = RowsField

    def __init__(self, column):
        super().__init__(
            field_name=column.param,
            label=column.label,
            queryset=lambda request: ROWS[column.filter_rows](request.user),
            widget=AutocompleteWidget(column.filter_rows),
            null_label=column.no_row or None,
        )
        self.column = column

    def filter(self, qs, value):
        keys = [None if row == self.null_value else row.pk for row in value or ()]
        return qs.filter(self.column.filter_q(keys)) if keys else qs


class PeriodFilter(DateRangeFilter):
    """The filter of a column with a :class:`~wagtail_portal.columns.PeriodField`."""

    def __init__(self, column):
        super().__init__(field_name=column.param, label=column.label)
        self.column = column

    def filter(self, qs, value):
        if not value:
            return qs
        days = [end and timezone.localdate(end) for end in (value.start, value.stop)]
        return qs.filter(self.column.filter_q(days))


class ColumnFilter(django_filters.Filter):
    """The filter of any other column."""

    def __init__(self, column):
        super().__init__(field_name=column.param, label=column.label)
        self.column = column

    @cached_property
    def field(self):
        """The form field, with the choices that the filter set knows."""
        field = self.column.filter_field(self.parent.context)
        field.required = False
        return field

    def filter(self, qs, value):
        return qs.filter(self.column.filter_q(value)) if value else qs


class ColumnFilterAdapter(BaseFilterAdapter):
    """Describes choices one by one, and anything else as a whole."""

    def get_active_filters(self):
        field = self.filter.field
        if isinstance(field, forms.MultipleChoiceField):
            labels = {str(key): label for key, label in field.choices}
            for key in self.value:
                text = str(labels.get(str(key), key))
                url = self.get_url_without_filter_param_value(self.name, key)
                yield ActiveFilter(self.bound_field.auto_id, self.filter.label, text, url)
            return
        names = [self.name]
        if isinstance(field.widget, forms.MultiWidget):
            names = [f"{self.name}{suffix}" for suffix in field.widget.widgets_names]
        url = self.get_url_without_filter_param(names)
        yield ActiveFilter(
            self.bound_field.auto_id, self.filter.label, _format_value(self.value), url
        )


def _format_value(value) -> str:
    if not isinstance(value, tuple):
        return str(value)
    return " – ".join("" if end is None else str(localize(end)) for end in value)


def column_filter(column) -> django_filters.Filter | None:
    """Return the filter of a column; None if it has none."""
    if column.filter_rows:
        return RowsFilter(column)
    field = column.filter_field(FormContext())
    if field is None:
        return None
    return PeriodFilter(column) if isinstance(field, PeriodField) else ColumnFilter(column)


class StateFilter(django_filters.MultipleChoiceFilter):
    """Finds tickets by the states of their statuses, which it lists for the index."""

    def filter(self, qs, value):
        statuses = self.parent.context.statuses
        keys = [status.pk for status in statuses if status.state in value]
        return qs.filter(status__in=keys) if value else qs


class OpenOnFilter(django_filters.DateFilter):
    """Finds tickets that were open at the end of a day."""

    def filter(self, qs, value):
        return qs.filter(was_open(start_of_next_day(value))) if value else qs


class OpenOnAdapter(BaseFilterAdapter):
    """Describes the day in the format of other dates."""

    def get_active_filters(self):
        self.value = localize(self.value)
        return super().get_active_filters()


for _filter in (RowsFilter, GroupFilter):
    filter_adapter_class_registry.register(_filter, value=NullChoiceAdapter)
filter_adapter_class_registry.register(ColumnFilter, value=ColumnFilterAdapter)
filter_adapter_class_registry.register(OpenOnFilter, value=OpenOnAdapter)


def _several(label, queryset, widget=CheckboxSelectMultiple, kind=None, **kwargs):
    # These are columns of the ticket itself, so that no row comes twice.
    kind = kind or django_filters.ModelMultipleChoiceFilter
    return kind(label=label, queryset=queryset, widget=widget, distinct=False, **kwargs)


def _choices(label, choices, kind=django_filters.MultipleChoiceFilter, **kwargs):
    return kind(
        label=label, choices=choices, widget=CheckboxSelectMultiple, distinct=False, **kwargs
    )


def _column(key):
    return column_filter(cast(Column, get_column(key)).for_team())


class TicketFilterSet(WagtailFilterSet):
    """The values of one filter are alternatives; several filters narrow each other."""

    status = _column("status")
    state = _choices(_("State"), State.choices, kind=StateFilter)
    assignee = _column("assignee")
    group = _several(
        _("Group"),
        lambda request: groups_in_use(),
        kind=GroupFilter,
        field_name="group",
        null_label=_("No group"),
    )
    organization = _several(
        _("Organization"),
        lambda request: organizations_for_team(request.user),
        AutocompleteWidget("organization"),
    )
    requester = _column("requester")
    urgency = _column("urgency")
    form = _column("form")
    site = _several(_("Site"), lambda request: Site.objects.order_by("hostname", "port"))
    channel = _choices(_("Channel"), Channel.choices)
    opened = _column("opened")
    changed = DateRangeFilter("team_updated_at", label=_("Last updated"))
    closed = DateRangeFilter("closed_at", label=pgettext_lazy("date of a ticket", "Closed"))
    open_on = OpenOnFilter(label=_("Open at the end of"), widget=AdminDateInput)
    replied = YesNoFilter(
        "first_answered_at", "isnull", label=_("Has a reply from the team"), exclude=True
    )
    rating = _choices(_("Rating"), Score.choices, field_name="rating__score")
    rated = DateRangeFilter("rating__created_at", label=pgettext_lazy("date of a ticket", "Rated"))

    class Meta:
        model = Ticket
        fields: list = []

    def __init__(self, *args, statuses=(), columns=(), **kwargs):
        """
        :param statuses: already loaded for the tabs.
        :param columns: further columns that may have a filter.
        """
        #: What the form fields of columns are made with.
        self.context = FormContext(statuses=statuses)
        super().__init__(*args, **kwargs)
        if not PortalSettings.several_sites():
            del self.filters["site"]
        for column in columns:
            if column.param not in self.filters and (made := column_filter(column)):
                made.parent, made.model = self, Ticket
                self.filters[column.param] = made
