"""The page of a member."""

from typing import Any, cast
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets.button import Button, HeaderButton
from wagtail.models import Site

from wagtail_portal import actions
from wagtail_portal.desk.role_warnings import warn_of_member
from wagtail_portal.desk.tickets.urls import desk_url
from wagtail_portal.models import (
    About,
    Member,
    addresses_of,
    deciding,
    is_erased,
    language_choices,
    profile_of,
    sign_in_methods,
)
from wagtail_portal.permissions import Verb, has_access
from wagtail_portal.portal_urls import site_with_portal
from wagtail_portal.utils.humanize import comma_list

from .forms import MemberForm
from .page import CustomerPage, day


class MemberPage(CustomerPage):
    """Who a member is, and what they're waiting for."""

    template_name = "wagtail_portal/desk/member_page.html"
    ticket_filter = "requester"
    about, change_verb = About.MEMBER, Verb.CHANGE_MEMBER

    @property
    def organization(self):
        """The member's organization."""
        return self.object.organization

    def get_edit_url(self):
        # The role is one of the form's fields.
        return None

    def get_object(self, queryset=None):
        found = super().get_object()
        related = ("organization", "role", "user__portal_profile")
        return Member.objects.select_related(*related).get(pk=found.pk)

    @cached_property
    def memberships(self) -> list[Member]:
        """All memberships of the person."""
        found = Member.objects.filter(user=self.object.user_id).order_by("pk")
        return list(found.select_related("organization", "role"))

    @cached_property
    def may_change(self) -> bool:
        """Whether the agent may change the person, in all their organizations."""
        return all(
            self.actor.may_manage(row.organization, row) for row in deciding(self.memberships)
        )

    def build_forms(self, data):
        forms = super().build_forms(data)
        if self.may_change:
            names = [row.organization.name for row in deciding(self.memberships)]
            forms["member"] = MemberForm(
                data.get("member"), member=self.object, organizations=names
            )
        return forms

    def save(self, name, form):
        if name != "member":
            return super().save(name, form)
        site = Site.find_for_request(self.request) or site_with_portal()
        member = actions.change_member(self.object, by=self.actor, site=site, **form.arguments)
        warn_of_member(self.request, member)
        return None

    def may_view_as(self):
        return super().may_view_as() and self.actor.may_view_as(self.object)

    @cached_property
    def header_buttons(self):
        if not self.actor.may(Verb.OPEN):
            return []
        url = f"{desk_url('open')}?{urlencode({'member': self.object.pk})}"
        return [HeaderButton(_("Open a ticket"), url=url, icon_name="plus")]

    @cached_property
    def header_more_buttons(self):
        buttons = super().header_more_buttons
        may_delete = self.is_within_reach and self.actor.may(Verb.DELETE_MEMBER)
        if may_delete and not is_erased(self.object.user):
            if self.actor.may(Verb.CHANGE_MEMBER):
                label = _("Merge with another account…")
                merge = Button(label, url=self.url_of("merge"), icon_name="group", priority=16)
                buttons.append(merge)
            label = _("Erase this person…")
            buttons.append(Button(label, url=self.url_of("erase"), icon_name="bin", priority=30))
        return buttons

    @property
    def details(self) -> list[tuple[str, object]]:
        """Label and value of what's known about the member."""
        member, user = self.object, self.object.user
        profile, languages = profile_of(user), dict(language_choices())
        never = gettext("Never")
        rows = [
            (gettext("Role"), member.role.name),
            (gettext("Access"), "" if has_access(member) else gettext("No access to the portal")),
            (gettext("Joined"), day(member.joined_at)),
            (gettext("First signed in"), day(member.activated_at) or never),
            (gettext("Last active"), day(member.last_seen_at) or never),
            (gettext("Language"), languages.get(profile.language, profile.language)),
            (gettext("Time zone"), profile.time_zone),
        ]
        if self.is_within_reach and not is_erased(user):
            rows.append((gettext("Signs in with"), comma_list(sign_in_methods(user))))
        return [(label, value) for label, value in rows if value]

    def get_context_data(self, **kwargs):
        member = self.object
        others = [
            {"name": row.organization.name, "url": self._member_url(row)}
            for row in self.memberships
            if row.pk != member.pk and self.actor.acts_for(row.organization)
        ]
        return super().get_context_data(
            member=member,
            addresses=addresses_of(member.user) if self.is_within_reach else [member.email],
            organization_url=self._organization_url(),
            other_memberships=others,
            details=self.details,
            **kwargs,
        )

    def _member_url(self, member) -> str:
        return reverse(cast(Any, Member).snippet_viewset.get_url_name("inspect"), args=[member.pk])

    def _organization_url(self) -> str:
        organization = self.object.organization
        viewset = type(organization).snippet_viewset
        may_view = viewset.permission_policy.user_has_any_permission_for_instance(
            self.request.user, ["view", "change", "delete"], organization
        )
        name = viewset.get_url_name("inspect")
        return reverse(name, args=[organization.pk]) if may_view else ""
