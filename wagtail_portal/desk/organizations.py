"""Organizations in the Wagtail admin, with their email domains."""

from django import forms
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, DateColumn, NumberColumn
from wagtail.snippets.views.snippets import CreateView

from wagtail_portal.actions import change_organization, create_organization
from wagtail_portal.fields.form_fields import DomainField
from wagtail_portal.models import Member, Organization, OrganizationDomain, Ticket
from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.strict import StrictFormMixin
from wagtail_portal.utils.text import clean_line

from .customer_filters import OrganizationFilterSet
from .exports import SafeExportMixin
from .imports.views import ImportButtonMixin
from .join_requests import JoinRequestsPanel, JoinRequestView
from .role_warnings import NoAccessPanel, RoleSelect, warn_of_default_role
from .views import ActionFormMixin, DeleteView, EditView, IndexView, InspectView
from .viewsets import DeskViewSet


class OrganizationForm(StrictFormMixin, WagtailAdminModelForm):
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


class OrganizationIndexView(ImportButtonMixin, SafeExportMixin, IndexView):
    import_kind = "organizations"
    list_export = ["name", "external_id", "members_count", "created_at"]
    export_headings = {"members_count": _("Members")}

    def get_base_queryset(self):
        # A subquery counts only for the rows of the page; a join would count for all.
        members = Member.objects.filter(organization=OuterRef("pk")).order_by()
        count = members.values("organization").annotate(count=Count("pk")).values("count")
        return super().get_base_queryset().annotate(members_count=Coalesce(Subquery(count), 0))

    def search_queryset(self, queryset):
        if not self.is_searching:
            return queryset
        query = clean_line(self.search_query)
        domains = OrganizationDomain.objects.filter(domain__icontains=query)
        return queryset.filter(
            Q(name__icontains=query)
            | Q(external_id__icontains=query)
            | Q(pk__in=domains.values("organization"))
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


class OrganizationInspectView(InspectView):
    def get_field_label(self, field_name, field):
        if field_name == "domains":
            return _("Email domains")
        return super().get_field_label(field_name, field)

    def get_domains_display_value(self):
        names = [
            row.domain
            if row.verified_at
            else gettext("%(domain)s (not verified)") % {"domain": row.domain}
            for row in self.object.domains.all()
        ]
        return comma_list(names) or "-"


class OrganizationDeleteView(DeleteView):
    def get_refusal(self):
        if Ticket.objects.filter(organization=self.object).exists():
            return gettext("This organization has tickets and can’t be deleted.")
        if Member.objects.filter(organization=self.object).exists():
            return gettext("This organization has members. Remove them first.")
        return ""


class OrganizationViewSet(DeskViewSet):
    model = Organization
    icon = "group"
    index_view_class = OrganizationIndexView
    add_view_class = OrganizationCreateView
    edit_view_class = OrganizationEditView
    inspect_view_class = OrganizationInspectView
    delete_view_class = OrganizationDeleteView
    list_display = [
        "name",
        Column("external_id", label=_("External ID"), sort_key="external_id"),
        NumberColumn("members_count", label=_("Members")),
        DateColumn("created_at", label=_("Created"), sort_key="created_at"),
    ]
    filterset_class = OrganizationFilterSet
    # Shows the search box; the view decides what is searched.
    search_fields = ["name"]
    inspect_view_fields = [
        "name",
        "external_id",
        "default_role",
        "domains",
        "legal_hold",
        "created_at",
    ]
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
        return [*super().get_urlpatterns(), join_request]
