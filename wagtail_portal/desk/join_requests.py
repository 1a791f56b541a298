"""On an organization's screen: who asks to come in, and the buttons to decide."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views import View
from wagtail.admin import messages
from wagtail.admin.panels import Panel

from wagtail_portal import actions
from wagtail_portal.exceptions import ActionError
from wagtail_portal.models import JoinRequest
from wagtail_portal.permissions import Actor, Verb

NAMESPACE = "wagtailsnippets_wagtail_portal_organization"
#: Requests that are shown at once.
SHOWN = 50


class JoinRequestsPanel(Panel):
    """Shows only while somebody waits, to those of the team who may decide."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "wagtail_portal/desk/join_requests.html"

        def is_shown(self):
            return bool(self.rows)

        @property
        def rows(self) -> list[dict]:
            """The requests, each with where its buttons lead."""
            if not hasattr(self, "_rows"):
                self._rows = self._find()
            return self._rows

        def _find(self):
            organization, user = self.instance, getattr(self.request, "user", None)
            if not organization.pk or user is None:
                return []
            if not Actor.for_agent(user).may_manage(organization):
                return []
            waiting = organization.join_requests.waiting().select_related("user")
            return [
                {
                    "request": row,
                    "url": reverse(f"{NAMESPACE}:join_request", args=[organization.pk, row.pk]),
                }
                for row in waiting[:SHOWN]
            ]

        def get_context_data(self, parent_context=None):
            return {**super().get_context_data(parent_context), "rows": self.rows}


class JoinRequestView(View):
    """Where the buttons lead."""

    http_method_names = ["post"]

    def dispatch(self, request, *args, **kwargs):
        if not request.user.has_perm(Verb.CHANGE_MEMBER):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def post(self, request, pk, join_request):
        """Decide, and go back to the organization."""
        found = JoinRequest.objects.select_related("user", "organization")
        asked = get_object_or_404(found, pk=join_request, organization=pk)
        by = Actor.for_agent(request.user)
        name = {"address": asked.email}
        try:
            match request.POST.get("do"):
                case "approve":
                    actions.approve_join_request(asked, by=by)
                    messages.success(request, gettext("%(address)s is now a member.") % name)
                case "decline":
                    actions.decline_join_request(asked, by=by)
                    messages.success(
                        request, gettext("The request from %(address)s was declined.") % name
                    )
        except ActionError:
            messages.warning(request, gettext("This request has already been decided."))
        return redirect(f"{NAMESPACE}:edit", pk)
