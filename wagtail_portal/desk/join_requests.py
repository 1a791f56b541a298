"""Pending join requests on an organization's screen, with buttons to approve or decline."""

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.views import View
from wagtail.admin import messages
from wagtail.admin.panels import Panel

from wagtail_portal import actions
from wagtail_portal.exceptions import ActionError
from wagtail_portal.models import JoinRequest
from wagtail_portal.permissions import Actor, Verb, organizations_for_team

NAMESPACE = "wagtailsnippets_wagtail_portal_organization"
#: How many requests are shown at once.
SHOWN = 50


class JoinRequestsPanel(Panel):
    """Shown only if there are requests, to agents who may decide."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "wagtail_portal/desk/join_requests.html"

        def is_shown(self):
            return bool(self.rows)

        @cached_property
        def rows(self) -> list[dict]:
            """The requests, each with the URL of its buttons."""
            organization, user = self.instance, getattr(self.request, "user", None)
            if not organization.pk or user is None:
                return []
            if not Actor.for_agent(user).may_manage(organization):
                return []
            pending = organization.join_requests.waiting().select_related("user")
            return [
                {
                    "request": row,
                    "url": reverse(f"{NAMESPACE}:join_request", args=[organization.pk, row.pk]),
                }
                for row in pending[:SHOWN]
            ]

        def get_context_data(self, parent_context=None):
            return {**super().get_context_data(parent_context), "rows": self.rows}


class JoinRequestView(PermissionRequiredMixin, View):
    """Approves or declines a request."""

    http_method_names = ["post"]
    permission_required = Verb.CHANGE_MEMBER

    def post(self, request, pk, join_request):
        """Decide, and return to the organization."""
        found = JoinRequest.objects.select_related("user", "organization")
        found = found.filter(organization__in=organizations_for_team(request.user))
        join_request = get_object_or_404(found, pk=join_request, organization=pk)
        by = Actor.for_agent(request.user)
        name = {"address": join_request.email}
        try:
            match request.POST.get("do"):
                case "approve":
                    actions.approve_join_request(join_request, by=by)
                    messages.success(request, gettext("%(address)s is now a member.") % name)
                case "decline":
                    actions.decline_join_request(join_request, by=by)
                    messages.success(
                        request, gettext("The request from %(address)s was declined.") % name
                    )
        except ActionError:
            messages.warning(request, gettext("This request has already been decided."))
        return redirect(f"{NAMESPACE}:edit", pk)
