"""What members and organizations can be filtered by."""

import django_filters
from django.db.models import Exists, OuterRef
from django.forms import CheckboxSelectMultiple
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet

from wagtail_portal.models import JoinRequest, Member, Organization, Role
from wagtail_portal.permissions import organizations_for_team

from .autocomplete import AutocompleteWidget


def _roles(label, **kwargs):
    return django_filters.ModelMultipleChoiceFilter(
        label=label,
        queryset=Role.objects.all(),
        widget=CheckboxSelectMultiple,
        distinct=False,
        **kwargs,
    )


def _days(label, name):
    return django_filters.DateFromToRangeFilter(
        label=label, field_name=name, widget=DateRangePickerWidget
    )


class MemberFilterSet(WagtailFilterSet):
    """Those of one filter are alternatives."""

    organization = django_filters.ModelMultipleChoiceFilter(
        label=_("Organization"),
        queryset=lambda request: organizations_for_team(request.user),
        widget=AutocompleteWidget("organization"),
        distinct=False,
    )
    role = _roles(_("Role"))
    signed_in = django_filters.BooleanFilter(
        label=_("Has signed in"), field_name="activated_at", lookup_expr="isnull", exclude=True
    )
    joined = _days(_("Joined"), "joined_at")
    seen = _days(_("Last active"), "last_seen_at")

    class Meta:
        model = Member
        fields = []


class OrganizationFilterSet(WagtailFilterSet):
    """Those of one filter are alternatives."""

    default_role = _roles(_("Default role"))
    created = _days(_("Created"), "created_at")
    waiting = django_filters.BooleanFilter(
        label=_("Has pending join requests"), method="filter_waiting"
    )

    def filter_waiting(self, queryset, name, value):
        """Those of which somebody asks, or nobody."""
        asking = Exists(JoinRequest.objects.waiting().filter(organization=OuterRef("pk")))
        return queryset.filter(asking) if value else queryset.exclude(asking)

    class Meta:
        model = Organization
        fields = []
