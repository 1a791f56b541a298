"""Merge two organizations."""

from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from wagtail_portal.actions import (
    begin_organization_merge,
    merge_organizations,
)
from wagtail_portal.actions.people.merge_organizations import (
    VERBS,
    member_role_conflicts,
    why_organizations_stay,
)
from wagtail_portal.models import Member, Organization, OrganizationMerge, Ticket
from wagtail_portal.permissions import Actor, Verb, organizations_for_team

from .autocomplete import search_rows
from .merging import MergeView
from .organization_effects import organization_effects
from .progress import ProgressView
from .tasks import continue_soon, run_organization_merge
from .tickets.confirmation_views import FOUND, Choice

#: Tickets and members that move while the agent waits.
AT_ONCE = 200

NAMESPACE = "wagtailsnippets_wagtail_portal_organization"


def may_merge(actor: Actor, organization: Organization) -> bool:
    """Return whether an agent may merge the organization with another one."""
    if organization.is_for_visitors or not actor.acts_for(organization):
        return False
    return all(actor.may(verb) for verb in VERBS)


class MergeOrganizationsView(MergeView):
    """Merges another organization into the one in the URL."""

    permission_required = VERBS
    model = Organization
    page_title = _("Merge organizations")
    header_icon = "group"
    search_label = _("Search by name or external ID")
    button_label = _("Merge organizations")

    def find(self, pk) -> Organization:
        """Return an organization that's within the agent's reach."""
        found = organizations_for_team(self.request.user).filter(pk=pk).first()
        if found is None or not may_merge(self.actor, found):
            raise Http404
        return found

    def search(self, typed):
        found = search_rows("organization", self.request.user, typed).filter(key=None)
        found = found.exclude(pk=self.kept.pk).order_by("name", "pk")
        within = [row for row in found[:FOUND] if self.actor.acts_for(row)]
        return [Choice(row.pk, row.name, row.external_id or "") for row in within]

    def find_refusal(self):
        return why_organizations_stay(self.other, self.kept)

    def find_conflicts(self):
        return member_role_conflicts(self.other, self.kept)

    def find_effects(self):
        return organization_effects(self.other, self.kept)

    @property
    def intro(self):
        text = gettext("Choose the organization that will be merged into %(name)s.")
        return text % {"name": self.kept.name}

    @property
    def warning(self):
        text = gettext(
            "%(name)s will be merged into %(into)s. Make sure that both are the same customer: "
            "their members become one organization. This can’t be undone."
        )
        return text % {"name": self.other.name, "into": self.kept.name}

    @cached_property
    def is_quick(self) -> bool:
        """Whether the organizations can be merged within the request."""
        rows = [model.objects.filter(organization=self.other) for model in (Ticket, Member)]
        return all(found.order_by()[: AT_ONCE + 1].count() <= AT_ONCE for found in rows)

    def merge(self, roles):
        if self.is_quick:
            merge_organizations(self.other, into=self.kept, by=self.actor, roles=roles)
            messages.success(self.request, gettext("The organizations were merged."))
            return redirect(reverse(f"{NAMESPACE}:inspect", args=[self.kept.pk]))
        with transaction.atomic():
            merge = begin_organization_merge(self.other, into=self.kept, by=self.actor, roles=roles)
            continue_soon(run_organization_merge, merge)
        return redirect(reverse("wagtail_portal_organization_merge", args=[merge.pk]))


class MergeProgressView(ProgressView):
    """Shows whether two organizations have been merged yet."""

    template_name = "wagtail_portal/desk/organization_merge_progress.html"
    model = Organization
    page_title = _("Merge organizations")
    header_icon = "group"
    run_model, task = OrganizationMerge, run_organization_merge
    permission_required = Verb.DELETE_ORGANIZATION

    def permission_of(self, run):
        return Verb.DELETE_ORGANIZATION

    def get_context_data(self, **kwargs):
        target = Organization.objects.current(self.run.target_pk)
        url = target and reverse(f"{NAMESPACE}:inspect", args=[target.pk])
        return super().get_context_data(target=target, target_url=url, **kwargs)


admin_urls = [
    path(
        "portal/merge-organizations/<int:pk>/",
        MergeProgressView.as_view(),
        name="wagtail_portal_organization_merge",
    ),
]
