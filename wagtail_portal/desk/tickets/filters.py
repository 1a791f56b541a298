"""What the inbox can be filtered by."""

import django_filters
from django import forms
from django.forms import CheckboxSelectMultiple
from django.utils.formats import localize
from django.utils.translation import gettext_lazy as _
from wagtail.admin.active_filters import (
    ActiveFilter,
    BaseFilterAdapter,
    ModelMultipleChoiceFilterAdapter,
    filter_adapter_class_registry,
)
from wagtail.admin.filters import DateRangePickerWidget, MultipleUserFilter, WagtailFilterSet

from wagtail_portal import links
from wagtail_portal.desk.autocomplete import (
    AutocompleteWidget,
    agents_for,
    member_label,
    members_for,
    organizations_for,
)
from wagtail_portal.models import Channel, State, Ticket, Urgency
from wagtail_portal.permissions import agent_groups


class AssigneeFilter(MultipleUserFilter):
    """People, and nobody."""


class AssigneeFilterAdapter(ModelMultipleChoiceFilterAdapter):
    """Wagtail's one takes every chosen value for a row, but nobody is none."""

    def get_active_filters(self):
        nobody = self.filter.null_value
        if nobody in self.value:
            yield ActiveFilter(
                self.bound_field.auto_id,
                self.filter.label,
                self.filter.field.null_label,
                self.get_url_without_filter_param_value(self.name, nobody),
            )
        self.value = [user for user in self.value if user != nobody]
        yield from super().get_active_filters()


class MemberField(django_filters.fields.ModelMultipleChoiceField):
    def label_from_instance(self, obj):
        return member_label(obj)


class MemberFilter(django_filters.ModelMultipleChoiceFilter):
    """Customers."""

    field_class = MemberField


class GroupFilter(django_filters.ModelMultipleChoiceFilter):
    """Groups of agents, and none."""


class TicketFieldFilter(django_filters.Filter):
    """By a ticket field, as its type says."""

    def __init__(self, ticket_field, form_field):
        super().__init__(field_name="values", label=ticket_field.localized_label)
        self.ticket_field, self._field = ticket_field, form_field

    def filter(self, qs, value):
        if not value:
            return qs
        return qs.filter(self.ticket_field.field_type.filter_q(self.ticket_field.key, value))


class TicketFieldFilterAdapter(BaseFilterAdapter):
    """Choices one by one; anything else as a whole, in words."""

    def get_active_filters(self):
        field = self.filter.field
        if isinstance(field, forms.MultipleChoiceField):
            labels = {str(key): label for key, label in field.choices}
            for key in self.value:
                words = str(labels.get(str(key), key))
                url = self.get_url_without_filter_param_value(self.name, key)
                yield ActiveFilter(self.bound_field.auto_id, self.filter.label, words, url)
            return
        names = [self.name]
        if isinstance(field.widget, forms.MultiWidget):
            names = [f"{self.name}{suffix}" for suffix in field.widget.widgets_names]
        url = self.get_url_without_filter_param(names)
        yield ActiveFilter(self.bound_field.auto_id, self.filter.label, _words(self.value), url)


def _words(value) -> str:
    if not isinstance(value, tuple):
        return str(value)
    return " – ".join("" if end is None else str(localize(end)) for end in value)


class TicketMemberFilter(MemberFilter):
    """By a ticket field that names a member."""

    def __init__(self, ticket_field):
        super().__init__(
            field_name="values",
            label=ticket_field.localized_label,
            queryset=lambda request: members_for(request.user),
            widget=AutocompleteWidget("member"),
        )
        self.ticket_field = ticket_field

    def filter(self, qs, value):
        keys = [str(member.pk) for member in value or ()]
        if not keys:
            return qs
        return qs.filter(self.ticket_field.field_type.filter_q(self.ticket_field.key, keys))


for _filter in (AssigneeFilter, GroupFilter):
    filter_adapter_class_registry.register(_filter, value=AssigneeFilterAdapter)
filter_adapter_class_registry.register(TicketFieldFilter, value=TicketFieldFilterAdapter)


def _of_ticket_field(ticket_field):
    """The filter for a ticket field; None when one cannot filter by it."""
    if ticket_field.type == "member":
        return TicketMemberFilter(ticket_field)
    form_field = ticket_field.field_type.filter_field(ticket_field.spec())
    return TicketFieldFilter(ticket_field, form_field) if form_field else None


def _several(label, queryset, widget=CheckboxSelectMultiple, kind=None, **kwargs):
    # All of these are columns of the ticket itself: no row comes twice.
    kind = kind or django_filters.ModelMultipleChoiceFilter
    return kind(label=label, queryset=queryset, widget=widget, distinct=False, **kwargs)


def _choices(label, choices, **kwargs):
    return django_filters.MultipleChoiceFilter(
        label=label, choices=choices, widget=CheckboxSelectMultiple, distinct=False, **kwargs
    )


def _days(label, field_name):
    return django_filters.DateFromToRangeFilter(
        label=label, field_name=field_name, widget=DateRangePickerWidget
    )


class TicketFilterSet(WagtailFilterSet):
    """All of them take several values; those of one filter are alternatives."""

    status = _choices(_("Status"), ())
    state = _choices(_("State"), State.choices, field_name="status__state")
    assignee = _several(
        _("Assigned to"),
        lambda request: agents_for(request.user),
        AutocompleteWidget("agent"),
        AssigneeFilter,
        null_label=_("Nobody"),
    )
    group = _several(
        _("Group"),
        lambda request: agent_groups(),
        kind=GroupFilter,
        field_name="group",
        null_label=_("No group"),
    )
    organization = _several(
        _("Organization"),
        lambda request: organizations_for(request.user),
        AutocompleteWidget("organization"),
    )
    requester = _several(
        _("Requester"),
        lambda request: members_for(request.user),
        AutocompleteWidget("member"),
        MemberFilter,
    )
    urgency = _choices(_("Urgency"), Urgency.choices)
    form = _several(_("Form"), lambda request: links.form_pages(), AutocompleteWidget("form"))
    channel = _choices(_("Channel"), Channel.choices)
    opened = _days(_("Opened"), "opened_at")
    changed = _days(_("Last change"), "team_updated_at")
    closed = _days(_("Closed"), "closed_at")

    class Meta:
        model = Ticket
        fields = []

    def __init__(self, *args, statuses=(), ticket_fields=(), **kwargs):
        super().__init__(*args, **kwargs)
        # They are loaded for the tabs already.
        self.filters["status"].extra["choices"] = [(row.pk, row.name) for row in statuses]
        for ticket_field in ticket_fields:
            found = _of_ticket_field(ticket_field)
            if found is not None:
                found.parent, found.model = self, Ticket
                self.filters[f"f-{ticket_field.key}"] = found
