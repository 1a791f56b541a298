"""Organizations in the Wagtail admin, with their email domains."""

from django import forms
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, DateColumn, NumberColumn
from wagtail.admin.widgets.button import Button
from wagtail.snippets.views.snippets import CreateView

from wagtail_portal.actions import change_organization, create_organization
from wagtail_portal.actions.people.change_organization import organization_values
from wagtail_portal.fields.form_fields import DomainField
from wagtail_portal.log_entries.people import name_people
from wagtail_portal.models import (
    FormerOrganization,
    Member,
    Organization,
    OrganizationDomain,
    Ticket,
)
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.strict import StrictFormMixin
from wagtail_portal.utils.text import clean_line

from .customer_filters import OrganizationFilterSet
from .customers.organization_page import OrganizationPage
from .exports import SafeExportMixin
from .imports.views import ImportButtonMixin
from .join_requests import JoinRequestsPanel, JoinRequestView
from .merge_organizations import NAMESPACE, MergeOrganizationsView, may_merge
from .role_warnings import NoAccessPanel, RoleSelect, warn_of_default_role
from .views import ActionFormMixin, CustomerIndexView, DeleteView, EditView, HistoryView
from .viewsets import DeskViewSet


class OriginalField(forms.JSONField):
    """What an organization was like when its page was opened. Anything else counts as missing."""

    widget = forms.HiddenInput

    def clean(self, value):
        found = super().clean(value)
        is_whole = isinstance(found, dict) and isinstance(found.get("domains"), dict)
        return found if is_whole else None


class OrganizationForm(StrictFormMixin, WagtailAdminModelForm):
    original = OriginalField(required=False)

    class Media:
        css = {"all": ["wagtail_portal/desk/desk.css"]}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["original"].initial = organization_values(self.instance)
        else:
            del self.fields["original"]

    @property
    def arguments(self) -> dict:
        """The arguments of the actions."""
        rows = self.formsets["domains"]
        domains = [
            row.cleaned_data
            for row in rows.forms
            if row not in rows.deleted_forms and row.cleaned_data.get("domain")
        ]
        return {
            **self.cleaned_data,
            "domains": [data["domain"] for data in domains],
            "verified_domains": [data["domain"] for data in domains if data["verified"]],
        }


class DomainForm(WagtailAdminModelForm):
    domain = DomainField(
        label=_("Domain"), max_length=OrganizationDomain._meta.get_field("domain").max_length
    )
    verified = forms.BooleanField(
        label=_("Verified"),
        required=False,
        help_text=_("Tick this once you’ve checked that the domain belongs to this customer only."),
    )

    class Meta:
        model = OrganizationDomain
        fields = ["domain"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["verified"].initial = bool(self.instance.verified_at)


class DomainsPanel(InlinePanel):
    """An inline panel with a :class:`DomainForm` for each row."""

    def get_form_options(self):
        options = super().get_form_options()
        options["formsets"][self.relation_name].update(form=DomainForm, fields=["domain"])
        return options


class OrganizationIndexView(ImportButtonMixin, SafeExportMixin, CustomerIndexView):
    import_kind = "organizations"
    list_export = ["name", "external_id", "members_count", "created_at"]
    export_headings = {"members_count": _("Members")}

    def get_base_queryset(self):
        # A subquery counts only for the rows of the page; a join would count for all.
        members = Member.objects.filter(organization=OuterRef("pk")).order_by()
        count = members.values("organization").annotate(count=Count("pk")).values("count")
        return super().get_base_queryset().annotate(members_count=Coalesce(Subquery(count), 0))

    def get_list_more_buttons(self, instance):
        buttons = super().get_list_more_buttons(instance)
        if may_merge(Actor.for_agent(self.request.user), instance):
            url = reverse(f"{NAMESPACE}:merge", args=[instance.pk])
            label = _("Merge with another organization…")
            buttons.append(Button(label, url=url, icon_name="group", priority=25))
        return buttons

    def search_queryset(self, queryset):
        if not self.is_searching:
            return queryset
        query = clean_line(self.search_query)
        domains = OrganizationDomain.objects.filter(domain__icontains=query)
        called = Q(name__icontains=query) | Q(external_id__icontains=query)
        former = FormerOrganization.objects.filter(called)
        return queryset.filter(
            called
            | Q(pk__in=domains.values("organization"))
            | Q(pk__in=former.values("organization"))
        )


class OrganizationCreateView(ActionFormMixin, CreateView):
    def save_instance(self):
        organization = create_organization(by=self.actor, **self.form.arguments)
        warn_of_default_role(self.request, organization.default_role)
        return organization


class OrganizationEditView(ActionFormMixin, EditView):
    def save_instance(self):
        organization = change_organization(self.object, by=self.actor, **self.form.arguments)
        warn_of_default_role(self.request, organization.default_role)
        return organization


class OrganizationDeleteView(DeleteView):
    def get_refusal(self):
        if Ticket.objects.filter(organization=self.object).exists():
            return gettext("This organization has tickets and can’t be deleted.")
        if Member.objects.filter(organization=self.object).exists():
            return gettext("This organization has members. Remove them first.")
        return ""


class OrganizationHistoryView(HistoryView):
    """Names the members that the entries are about."""

    def get_context_data(self, *args, **kwargs):
        context = super().get_context_data(*args, **kwargs)
        name_people(context["object_list"], self.object)
        return context


class OrganizationViewSet(DeskViewSet):
    model = Organization
    icon = "group"
    export_filename = "organizations"
    index_view_class = OrganizationIndexView
    add_view_class = OrganizationCreateView
    edit_view_class = OrganizationEditView
    inspect_view_class = OrganizationPage
    delete_view_class = OrganizationDeleteView
    history_view_class = OrganizationHistoryView
    list_display = [
        "name",
        Column("external_id", label=_("External ID"), sort_key="external_id"),
        NumberColumn("members_count", label=_("Members")),
        DateColumn("created_at", label=_("Created"), sort_key="created_at"),
    ]
    filterset_class = OrganizationFilterSet
    # Shows the search box; the view decides what is searched.
    search_fields = ["name"]
    edit_handler = ObjectList(
        [
            JoinRequestsPanel(heading=_("Pending join requests")),
            MultiFieldPanel(
                [FieldPanel("name"), FieldPanel("external_id")], heading=_("Organization")
            ),
            FieldPanel("default_role", widget=RoleSelect),
            NoAccessPanel(
                "default_role",
                _("New members of this organization won’t have access to the portal."),
            ),
            FieldPanel("domain_joining"),
            FieldPanel("legal_hold"),
            DomainsPanel(
                "domains",
                [FieldPanel("domain"), FieldPanel("verified")],
                heading=_("Email domains"),
                label=_("Email domain"),
            ),
        ],
        base_form_class=OrganizationForm,
    )

    def get_urlpatterns(self):
        join_request = path(
            "edit/<int:pk>/requests/<int:join_request>/",
            JoinRequestView.as_view(),
            name="join_request",
        )
        merge = path("merge/<int:pk>/", MergeOrganizationsView.as_view(), name="merge")
        return [*super().get_urlpatterns(), join_request, merge]
