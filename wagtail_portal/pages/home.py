"""The portal's main page, and everything beneath its address that is not a page of its own."""

from django.apps import apps
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.url_routing import RouteResult

from .access import (
    choose_member,
    current_member,
    has_to_choose,
    in_any_organization,
    members_only,
    memberships,
)
from .account.notification_views import NotificationRoutesMixin
from .account.profile_views import ProfileRoutesMixin
from .file_views import FileRoutesMixin
from .form_closed import FORM_MARK, form_gone
from .home_content.blocks import HomeContentMixin
from .members.invitation_views import InvitationRoutesMixin
from .members.views import MemberRoutesMixin
from .preview.home_preview import preview_home
from .ticket.detail_views import ThreadRoutesMixin
from .ticket.edit_views import TicketRoutesMixin
from .ticket.follow_up_views import FollowUpRoutesMixin
from .ticket.follower_views import FollowerRoutesMixin
from .ticket.read_state_views import SeenRoutesMixin
from .ticket_form.anonymous import EMAIL as VISITOR_EMAIL
from .ticket_form.anonymous import open_to_visitors
from .ticket_form.anonymous_views import RequestRoutesMixin
from .ticket_form.form_page import TicketFormPageMixin
from .ticket_list.export_views import ExportRoutesMixin
from .ticket_list.list_views import ListRoutesMixin
from .ticket_list.saved_filter_views import FilterRoutesMixin
from .view_as_views import ViewAsRoutesMixin
from .view_restrictions import ViewRestrictionsMixin


class PortalHomePageMixin(
    ListRoutesMixin,
    FilterRoutesMixin,
    ExportRoutesMixin,
    ThreadRoutesMixin,
    SeenRoutesMixin,
    TicketRoutesMixin,
    FollowUpRoutesMixin,
    FollowerRoutesMixin,
    FileRoutesMixin,
    MemberRoutesMixin,
    InvitationRoutesMixin,
    RequestRoutesMixin,
    NotificationRoutesMixin,
    ProfileRoutesMixin,
    ViewAsRoutesMixin,
    ViewRestrictionsMixin,
    RoutablePageMixin,
    # A model, which must not come before a mixin of Wagtail's that is none.
    HomeContentMixin,
):
    """Mix into a page class, in front of the base page. Its children are the ticket forms."""

    class Meta:
        abstract = True

    def portal_url(self, request, name: str, *args) -> str:
        """The address of one of the routes below, on this site."""
        return self.get_url(request) + self.reverse_subpage(name, args=args)

    def ticket_forms(self, member):
        """The forms that a customer can choose from, in the editors' order; without a member
        those for anyone."""
        children = self.get_children().live().specific()
        forms = [page for page in children if isinstance(page, TicketFormPageMixin)]
        if member is None:
            return [form for form in forms if form.is_for_anyone]
        roles = {}
        for form_class in {type(form) for form in forms}:
            same = [form for form in forms if type(form) is form_class]
            roles |= form_class.roles_by_form(same)
        return [
            form
            for form in forms
            if form.is_for_organization(member.organization_id)
            and member.role_id in roles.get(form.pk, {member.role_id})
        ]

    def route(self, request, path_components):
        """As Wagtail does, but what was typed into a form that is gone is given back."""
        request.portal_home = self
        if closed := self.door(request, path_components):
            return closed
        try:
            form = self._form_at(path_components)
            return form.route(request, []) if form else super().route(request, path_components)
        except Http404:
            if self.live and request.method == "POST" and FORM_MARK in request.POST:
                return RouteResult(self, args=(self.form_is_gone, [], {}))
            raise

    def _form_at(self, path_components):
        """The form at an address, in one query: Wagtail would first ask for the base page."""
        classes = [model for model in apps.get_models() if issubclass(model, TicketFormPageMixin)]
        if len(classes) != 1 or len(path_components) != 1 or not self.live:
            return None
        try:
            self.resolve_subpage(f"/{path_components[0]}/")
        except Http404:
            children = classes[0]._default_manager.child_of(self)
            form = children.filter(slug=path_components[0]).first()
            if form is not None:
                form._cached_parent_obj = self
            return form
        return None

    def form_is_gone(self, request):
        """The form was deleted or moved while it was being filled."""
        if VISITOR_EMAIL in request.POST and current_member(request) is None:
            return self._form_is_gone_for_visitor(request)
        return self._form_is_gone(request)

    @members_only
    def _form_is_gone(self, request, member):
        return form_gone(request, self, member)

    @open_to_visitors
    def _form_is_gone_for_visitor(self, request):
        return form_gone(request, self, None)

    @path("new/", name="portal_new")
    @members_only
    def choose_form(self, request, member):
        """Which form to open a ticket with; a single one is chosen at once."""
        forms = self.ticket_forms(member)
        if len(forms) == 1:
            return redirect(forms[0].get_url(request))
        rows = [
            {
                "title": form.title,
                "introduction": form.introduction,
                "url": form.get_url(request),
            }
            for form in forms
        ]
        return render(
            request, "wagtail_portal/ticket_form/choose_form.html", {"page": self, "forms": rows}
        )

    @path("organization/", name="portal_organization")
    @members_only
    @in_any_organization
    def organization(self, request, member):
        """Act for another of one's organizations."""
        if request.method == "POST":
            chosen = request.POST.get("member", "")
            # Python refuses to read a number of thousands of digits.
            if chosen.isdecimal() and len(chosen) < 20 and choose_member(request, int(chosen)):
                return redirect(self._next(request) or self.get_url(request))
        asked = has_to_choose(request)
        rows = [
            {
                "member": row,
                "organization": row.organization,
                "current": row == member and not asked,
            }
            for row in memberships(request)
        ]
        context = {
            "page": self,
            "memberships": rows,
            "switch_url": self.portal_url(request, "portal_organization"),
            "next": self._next(request),
        }
        return render(request, "wagtail_portal/choose_organization.html", context)

    def _next(self, request) -> str:
        """Where to go on after choosing: an address of this site, "" for none."""
        url = (request.POST if request.method == "POST" else request.GET).get("next", "")
        is_here = url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
        return url if is_here else ""

    @property
    def preview_modes(self):
        """The kinds of people as whom an editor can look at the portal."""
        return [
            ("member", gettext_lazy("As a member")),
            ("admin", gettext_lazy("As an admin of a customer")),
            ("visitor", gettext_lazy("As a visitor")),
        ]

    def serve_preview(self, request, mode_name):
        """The portal with sample tickets, as a chosen kind of person sees it."""
        self.is_unsaved_preview = True
        return preview_home(self, request, mode_name)
