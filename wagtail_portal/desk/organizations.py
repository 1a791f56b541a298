"""Organizations in the Wagtail admin, with their e-mail domains."""

from django import forms
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, DateColumn, NumberColumn

from wagtail_portal.compat import viewset_policy
from wagtail_portal.models import Member, Organization, OrganizationDomain, Ticket
from wagtail_portal.utils.free_email_domains import is_free_email_domain

from .customer_filters import OrganizationFilterSet
from .exports import SafeExportMixin
from .imports.views import ImportButtonMixin
from .join_requests import JoinRequestsPanel, JoinRequestView
from .policies import POLICIES
from .views import DeleteView, IndexView, InspectView
from .viewsets import DeskViewSet


class DomainForm(WagtailAdminModelForm):
    """A domain, and whether the team has made sure that it is the customer's."""

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

    def clean_domain(self):
        domain = self.cleaned_data["domain"].lower()
        if is_free_email_domain(domain):
            raise forms.ValidationError(
                gettext(
                    "Anyone can get an email address at %(domain)s, so it can’t belong to "
                    "an organization."
                )
                % {"domain": domain}
            )
        return domain

    def save(self, commit=True):
        if not self.cleaned_data["verified"]:
            self.instance.verified_at = None
        elif "domain" in self.changed_data or not self.instance.verified_at:
            self.instance.verified_at = timezone.now()
        return super().save(commit)


class OrganizationForm(WagtailAdminModelForm):
    """Leaves how people join as it is where nothing is said of it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "domain_joining" in self.fields:
            self.fields["domain_joining"].required = False

    def clean_domain_joining(self):
        return self.cleaned_data["domain_joining"] or self.instance.domain_joining


class DomainsPanel(InlinePanel):
    """An inline panel whose rows are of :class:`DomainForm`."""

    def get_form_options(self):
        options = super().get_form_options()
        options["formsets"][self.relation_name].update(form=DomainForm, fields=["domain"])
        return options


class OrganizationIndexView(ImportButtonMixin, SafeExportMixin, IndexView):
    import_kind = "organizations"
    default_ordering = "name"
    list_export = ["name", "external_id", "members_count", "created_at"]
    export_headings = {"members_count": _("Members")}

    def get_base_queryset(self):
        # Counted for the rows of the page alone, where a join would count for all of them.
        members = Member.objects.filter(organization=OuterRef("pk")).order_by()
        count = members.values("organization").annotate(count=Count("pk")).values("count")
        return super().get_base_queryset().annotate(members_count=Coalesce(Subquery(count), 0))

    def search_queryset(self, queryset):
        if not self.is_searching:
            return queryset
        words = self.search_query
        domains = OrganizationDomain.objects.filter(domain__icontains=words)
        return queryset.filter(
            Q(name__icontains=words)
            | Q(external_id__icontains=words)
            | Q(pk__in=domains.values("organization"))
        )


class OrganizationInspectView(InspectView):
    def get_field_label(self, field_name, field):
        return (
            _("Email domains")
            if field_name == "domains"
            else super().get_field_label(field_name, field)
        )

    def get_domains_display_value(self):
        rows = self.object.domains.all()
        return (
            ", ".join(
                row.domain
                if row.verified_at
                else gettext("%(domain)s (not verified)") % {"domain": row.domain}
                for row in rows
            )
            or "-"
        )


class OrganizationDeleteView(DeleteView):
    def get_refusal(self):
        if Ticket.objects.filter(organization=self.object).exists():
            return gettext("This organization has tickets and can’t be deleted.")
        if Member.objects.filter(organization=self.object).exists():
            return gettext("This organization has members. Remove them first.")
        return ""


class OrganizationViewSet(DeskViewSet, **viewset_policy(POLICIES[Organization])):
    """Made with the stock form rather than ``actions.create_organization``: the form writes the
    domains and the role too, checks both ids in its own words, logs, and nobody is to be told."""

    model = Organization
    icon = "group"
    index_view_class = OrganizationIndexView
    inspect_view_class = OrganizationInspectView
    delete_view_class = OrganizationDeleteView
    list_display = [
        "name",
        Column("external_id", label=_("External ID"), sort_key="external_id"),
        NumberColumn("members_count", label=_("Members")),
        DateColumn("created_at", label=_("Created"), sort_key="created_at"),
    ]
    filterset_class = OrganizationFilterSet
    # Switches the search box on; what is searched is decided in the view.
    search_fields = ["name"]
    inspect_view_fields = ["name", "external_id", "default_role", "domains", "created_at"]
    edit_handler = ObjectList(
        [
            JoinRequestsPanel(heading=_("Pending join requests")),
            MultiFieldPanel(
                [FieldPanel("name"), FieldPanel("external_id")], heading=_("Organization")
            ),
            FieldPanel("default_role"),
            FieldPanel("domain_joining"),
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
        deciding = path(
            "edit/<int:pk>/requests/<int:join_request>/",
            JoinRequestView.as_view(),
            name="join_request",
        )
        return [*super().get_urlpatterns(), deciding]
