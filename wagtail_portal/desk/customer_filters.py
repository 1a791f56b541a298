"""The filters of members and organizations."""

import django_filters
from django.db.models import Exists, OuterRef
from django.forms import CheckboxSelectMultiple
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.active_filters import BaseFilterAdapter, filter_adapter_class_registry
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet

from wagtail_portal.models import JoinRequest, Member, Organization, Role
from wagtail_portal.permissions import organizations_for_team
from wagtail_portal.utils.days import end_of_day, start_of_day

from .autocomplete import AutocompleteWidget


class RoleFilter(django_filters.ModelMultipleChoiceFilter):
    def __init__(self, *args, **kwargs):
        options = {"queryset": Role.objects.all(), "widget": CheckboxSelectMultiple}
        super().__init__(*args, **options, distinct=False, **kwargs)


class DayRangeField(django_filters.fields.DateRangeField):
    """Two days; cleans to when the first one begins and the last one ends."""

    def compress(self, data_list):
        first, last = data_list or (None, None)
        if first is None and last is None:
            return None
        return slice(first and start_of_day(first), last and end_of_day(last))


class DateRangeFilter(django_filters.DateFromToRangeFilter):
    field_class = DayRangeField

    def __init__(self, *args, **kwargs):
        super().__init__(*args, widget=DateRangePickerWidget, **kwargs)


class YesNoFilter(django_filters.BooleanFilter):
    """Filters by something that holds or not."""


class YesNoAdapter(BaseFilterAdapter):
    def get_active_filters(self):
        self.value = gettext("Yes") if self.value else gettext("No")
        return super().get_active_filters()


filter_adapter_class_registry.register(YesNoFilter, value=YesNoAdapter)


class MemberFilterSet(WagtailFilterSet):
    organization = django_filters.ModelMultipleChoiceFilter(
        label=_("Organization"),
        queryset=lambda request: organizations_for_team(request.user),
        widget=AutocompleteWidget("organization"),
        distinct=False,
    )
    role = RoleFilter(label=_("Role"))
    signed_in = YesNoFilter(
        label=_("Has signed in"), field_name="activated_at", lookup_expr="isnull", exclude=True
    )
    joined = DateRangeFilter("joined_at", label=_("Joined"))
    seen = DateRangeFilter("last_seen_at", label=_("Last active"))

    class Meta:
        model = Member
        fields: list = []


class OrganizationFilterSet(WagtailFilterSet):
    default_role = RoleFilter(label=_("Default role"))
    created = DateRangeFilter("created_at", label=_("Created"))
    waiting = YesNoFilter(label=_("Has pending join requests"), method="filter_waiting")

    def filter_waiting(self, queryset, name, value):
        """Return the organizations with, or without, pending join requests."""
        pending = Exists(JoinRequest.objects.waiting().filter(organization=OuterRef("pk")))
        return queryset.filter(pending) if value else queryset.exclude(pending)

    class Meta:
        model = Organization
        fields: list = []
