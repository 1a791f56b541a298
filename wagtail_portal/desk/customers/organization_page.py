"""The page of an organization."""

from typing import Any, cast
from urllib.parse import urlencode

from django.db.models import F, Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets.button import Button

from wagtail_portal.desk.merge_organizations import may_merge
from wagtail_portal.models import About, Member, OrganizationMerge
from wagtail_portal.permissions import Verb, members_for_team
from wagtail_portal.utils.humanize import comma_list

from .page import CustomerPage, day

#: Members on the page. The list of members shows the others.
SHOWN = 10


class OrganizationPage(CustomerPage):
    """Who an organization is, and what its members are waiting for."""

    template_name = "wagtail_portal/desk/organization_page.html"
    ticket_filter = "organization"
    about, change_verb = About.ORGANIZATION, Verb.CHANGE_ORGANIZATION

    @cached_property
    def member_list_url(self) -> str:
        """The URL of the list of the organization's members; "" if the agent may not see it."""
        viewset = cast(Any, Member).snippet_viewset
        may_view = viewset.permission_policy.user_has_any_permission(
            self.request.user, ["view", "change", "delete"]
        )
        url = reverse(viewset.get_url_name("list"))
        return f"{url}?{urlencode({'organization': self.object.pk})}" if may_view else ""

    @cached_property
    def header_more_buttons(self):
        buttons = super().header_more_buttons
        if may_merge(self.actor, self.object):
            label = _("Merge with another organization…")
            merge = Button(label, url=self.url_of("merge"), icon_name="group", priority=16)
            buttons.append(merge)
        return buttons

    @property
    def running_merges(self) -> list[str]:
        """The URLs where the progress of merging this organization is shown."""
        pk = self.object.pk
        found = OrganizationMerge.objects.filter(finished_at=None)
        found = found.filter(Q(source_pk=pk) | Q(target_pk=pk)).order_by("pk")
        name = "wagtail_portal_organization_merge"
        return [reverse(name, args=[key]) for key in found.values_list("pk", flat=True)]

    @property
    def members(self) -> list[dict]:
        """The members who were active last, with the URLs of their pages."""
        found = members_for_team(self.request.user).filter(organization=self.object)
        found = found.select_related("user", "role", "organization")
        recent = found.order_by(F("last_seen_at").desc(nulls_last=True), "pk")[:SHOWN]
        name = cast(Any, Member).snippet_viewset.get_url_name("inspect")
        return [
            {"member": row, "url": self.member_list_url and reverse(name, args=[row.pk])}
            for row in recent
        ]

    @property
    def _former(self) -> list[str]:
        """The organizations that were merged into this one, with their external IDs."""
        rows = self.object.former_organizations.values_list("name", "external_id")
        return [f"{name} ({id_})" if id_ else name for name, id_ in rows]

    @property
    def details(self) -> list[tuple[str, object]]:
        """Label and value of what's known about the organization."""
        found = self.object
        role = found.default_role
        rows = [
            (gettext("External ID"), found.external_id),
            (gettext("Default role"), role.name if role else gettext("Same as in the portal")),
            (gettext("Joining by email domain"), found.get_domain_joining_display()),
            (gettext("Merged organizations"), comma_list(self._former)),
            (gettext("Legal hold"), gettext("Yes") if found.legal_hold else ""),
            (gettext("Created"), day(found.created_at)),
        ]
        return [(label, value) for label, value in rows if value]

    def get_context_data(self, **kwargs):
        view_as = self.view_as_url
        return super().get_context_data(
            organization=self.object,
            domains=list(self.object.domains.all()),
            members=self.members,
            members_number=self.object.members.count() if self.is_within_reach else None,
            member_list_url=self.member_list_url,
            view_as_search_url=view_as and f"{view_as}?{urlencode({'q': self.object.name})}",
            details=self.details,
            running_merges=self.running_merges,
            **kwargs,
        )
