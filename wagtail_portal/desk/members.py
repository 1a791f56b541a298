"""Members in the Wagtail admin."""

from django import forms
from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.models import Site
from wagtail.snippets.views.snippets import CreateView

from wagtail_portal.actions import change_role, create_member
from wagtail_portal.fields.form_fields import CleanLineField, EmailAddressField
from wagtail_portal.models import Member, Ticket, TicketScope, members_by_address
from wagtail_portal.permissions import Actor, organizations_for_team
from wagtail_portal.portal_urls import portal_url

from .customer_filters import MemberFilterSet
from .customers.member_page import MemberPage
from .erase_member import EraseView, MemberDetailsPanel
from .exports import SafeExportMixin
from .imports.views import ImportButtonMixin
from .merge_people import MergePeopleView
from .role_warnings import NoAccessPanel, RoleSelect, warn_of_member
from .views import ActionFormMixin, CustomerIndexView, DeleteView, EditView, user_fields
from .viewsets import DeskViewSet, EmailColumn


class MemberCreateForm(WagtailAdminModelForm):
    """A new member, and the user who becomes it."""

    email = EmailAddressField(
        label=_("Email address"),
        help_text=_("The person signs in with a code sent to this address."),
    )
    name = CleanLineField(label=_("Name"), max_length=150, required=False)
    notify = forms.BooleanField(
        label=_("Tell them by email"),
        required=False,
        initial=True,
        help_text=_("Otherwise, tell them yourself that they can sign in."),
    )

    class Meta:
        model = Member
        fields = ["organization", "role"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        organizations = organizations_for_team(self.for_user)
        self.fields["organization"].queryset = organizations
        if len(only := organizations.filter(key=None)[:2]) == 1:
            self.initial.setdefault("organization", only[0].pk)
        role = self.fields["role"]
        role.required = False
        role.empty_label = gettext("Same as the organization")

    def clean(self):
        data = super().clean()
        organization, email = data.get("organization"), data.get("email")
        if organization and not Actor.for_agent(self.for_user).acts_for(organization):
            self.add_error("organization", gettext("You can’t add members to this organization."))
            return data
        if organization and email and members_by_address(organization.members.all(), [email]):
            self.add_error("email", gettext("This person is already a member of the organization."))
        return data

    def _get_validation_exclusions(self):
        # The action chooses a role if the form has none.
        return {*super()._get_validation_exclusions(), "role"}


class MemberEditForm(WagtailAdminModelForm):
    """The role of a member. Visitors can't be given access, so that isn't offered."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.is_visitor:
            role = self.fields["role"]
            offered = role.queryset.filter(tickets=TicketScope.NONE)
            role.widget.choices = forms.ModelChoiceField(offered, empty_label=None).choices


class MemberCreateView(ActionFormMixin, CreateView):
    def save_instance(self):
        data = self.form.cleaned_data
        member = create_member(by=self.actor, **data)
        warn_of_member(self.request, member)
        if member.role.gives_access and not data["notify"]:
            text = gettext("%(name)s wasn’t emailed. Tell them that they can sign in at %(url)s")
            url = portal_url(Site.find_for_request(self.request) or Site.objects.first())
            messages.warning(self.request, text % {"name": member.name, "url": url})
        return member


class MemberEditView(ActionFormMixin, EditView):
    def save_instance(self):
        # Validating the form changed the instance; the action compares with the old role.
        member = Member.objects.get(pk=self.object.pk)
        member = change_role(member, by=self.actor, role=self.form.cleaned_data["role"])
        warn_of_member(self.request, member)
        return member


class MemberIndexView(ImportButtonMixin, SafeExportMixin, CustomerIndexView):
    import_kind = "members"
    default_ordering = "-joined_at"
    list_export = ["name", "email", "organization.name", "role.name", "joined_at", "last_seen_at"]
    export_headings = {
        "name": _("Name"),
        "email": _("Email address"),
        "organization.name": _("Organization"),
        "role.name": _("Role"),
        "joined_at": _("Joined"),
        "last_seen_at": _("Last active"),
    }

    def get_base_queryset(self):
        return super().get_base_queryset().select_related("user", "organization", "role")


class MemberDeleteView(DeleteView):
    def get_refusal(self):
        if Ticket.objects.filter(requester=self.object).exists():
            return gettext(
                "This member has opened tickets and can’t be deleted. Change their role to “No "
                "access” to remove access, or erase their data."
            )
        return ""


class MemberViewSet(DeskViewSet):
    """Members are added and change their role; their name and address belong to the user."""

    model = Member
    icon = "user"
    export_filename = "members"
    index_view_class = MemberIndexView
    add_view_class = MemberCreateView
    edit_view_class = MemberEditView
    inspect_view_class = MemberPage
    delete_view_class = MemberDeleteView
    list_display = [
        "name",
        EmailColumn("email", label=_("Email address")),
        Column("organization", label=_("Organization"), sort_key="organization__name"),
        Column("role", label=_("Role")),
        DateColumn("joined_at", label=_("Joined"), sort_key="joined_at"),
        DateColumn("last_seen_at", label=_("Last active"), sort_key="last_seen_at"),
    ]
    filterset_class = MemberFilterSet

    edit_handler = ObjectList(
        [
            MemberDetailsPanel(
                template="wagtail_portal/desk/member_details.html", heading=_("Member")
            ),
            FieldPanel("role", widget=RoleSelect),
            NoAccessPanel("role", _("This member doesn’t have access to the portal.")),
        ],
        base_form_class=MemberEditForm,
    )
    add_handler = ObjectList(
        [
            FieldPanel("organization"),
            MultiFieldPanel([FieldPanel("email"), FieldPanel("name")], heading=_("Person")),
            FieldPanel("role", widget=RoleSelect),
            FieldPanel("notify"),
        ],
        base_form_class=MemberCreateForm,
    )

    @cached_property
    def search_fields(self):
        return [*user_fields(), "organization__name"]

    def get_urlpatterns(self):
        erase = path("erase/<int:pk>/", EraseView.as_view(), name="erase")
        merge = path("merge/<int:pk>/", MergePeopleView.as_view(), name="merge")
        return [*super().get_urlpatterns(), erase, merge]

    def get_add_view_kwargs(self, **kwargs):
        panel = self.add_handler.bind_to_model(self.model)
        kwargs = {"panel": panel, "form_class": panel.get_form_class(), **kwargs}
        return {**super().get_add_view_kwargs(), **kwargs}
