"""Roles in the Wagtail admin."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.snippets.views.snippets import CopyView, CreateView

from wagtail_portal import actions
from wagtail_portal.models import Invitation, Member, Organization, PortalSettings, Role

from .role_warnings import NoAccessPanel, warn_of_role
from .views import DeleteView, EditButtonMixin, EditView
from .viewsets import DeskViewSet, KeyFromNameForm, TranslationsPanel, YesColumn


class WarnOfRoleMixin(EditButtonMixin):
    """Says after saving if the role gives no access."""

    def save_instance(self):
        role = super().save_instance()
        warn_of_role(self.request, role)
        return role


class RoleCreateView(WarnOfRoleMixin, CreateView):
    pass


class RoleEditView(WarnOfRoleMixin, EditView):
    def save_instance(self):
        role = super().save_instance()
        actions.end_shares_by_role(role)
        return role


class RoleCopyView(WarnOfRoleMixin, CopyView):
    """Creates a role from another one, such as a built-in one."""

    def get_object(self, *args, **kwargs):
        role = super().get_object(*args, **kwargs)
        # The original must never be saved.
        role.pk, role._state.adding = None, True
        role.key, role.locked = "", False
        role.sort_order = Role._meta.get_field("sort_order").default
        role.name = gettext("Copy of %(name)s") % {"name": role.name}
        return role


class RoleDeleteView(DeleteView):
    def get_refusal(self):
        if Member.objects.filter(role=self.object).exists():
            return gettext("Some members have this role. Give them another role first.")
        if Invitation.objects.filter(role=self.object).exists():
            return gettext("Invitations have been sent with this role, so it can’t be deleted.")
        if Organization.objects.filter(default_role=self.object).exists():
            return gettext(
                "New members of an organization get this role. Choose another role there first."
            )
        if PortalSettings.objects.filter(default_role=self.object).exists():
            return gettext(
                "This is the default role in the portal settings. Choose another role there first."
            )
        # Any page model can have the forms mixed in.
        relations = [
            field
            for field in Role._meta.get_fields(include_hidden=True)
            if field.many_to_many and field.auto_created
        ]
        if any(
            relation.related_model._default_manager.filter(
                **{relation.field.name: self.object}
            ).exists()
            for relation in relations
        ):
            return gettext(
                "Some forms are only available to this role and would become available to "
                "everyone. Choose other roles there first."
            )
        return ""


class RoleViewSet(DeskViewSet):
    """Built-in roles can be viewed and copied; the policy keeps them from being changed."""

    model = Role
    icon = "key"
    add_view_class = RoleCreateView
    edit_view_class = RoleEditView
    delete_view_class = RoleDeleteView
    copy_view_class = RoleCopyView
    copy_view_enabled = True
    list_display = [
        "name",
        Column("tickets", label=_("Tickets"), accessor="get_tickets_display"),
        YesColumn("can_edit_tickets", label=_("Can open and edit tickets")),
        Column("members", label=_("Members"), accessor="get_members_display"),
        YesColumn("locked", label=_("Built in")),
    ]
    search_fields = ["name"]
    inspect_view_fields = ["name", "key", "tickets", "can_edit_tickets", "members"]
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            TranslationsPanel(),
            NoAccessPanel(
                text=_("Members with this role don’t have access to the portal and can’t sign in.")
            ),
            MultiFieldPanel(
                [
                    FieldPanel(
                        "tickets",
                        help_text=_("Without any tickets, the role gives no access to the portal."),
                    ),
                    FieldPanel("can_edit_tickets"),
                    FieldPanel("members"),
                ],
                heading=_("What members with this role can do"),
            ),
        ],
        base_form_class=KeyFromNameForm,
    )
