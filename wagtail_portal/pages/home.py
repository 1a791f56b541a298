"""The portal home: the page at the root of a portal, whose children are the ticket forms."""

from functools import partial

from django.http import Http404
from django.urls import NoReverseMatch
from django.utils.translation import gettext_lazy
from wagtail.url_routing import RouteResult

from wagtail_portal.fields.submission import SUBMISSION_KEY
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.portal_urls import page_models
from wagtail_portal.utils.shared_cache import survive_outages

from . import routes
from .access import ViewRestrictionsMixin
from .context import portal_context
from .home_content.blocks import HomeContentMixin
from .preview.previews import preview_home
from .routing import RoutesMixin, call_view
from .ticket_form.closed import closed_form
from .ticket_form.form_page import TicketFormPageMixin
from .view_as_views import refuse_changes


class PortalHomePageMixin(
    ViewRestrictionsMixin,
    RoutesMixin,
    # A model, which has to come after Wagtail's mixins, which aren't models.
    HomeContentMixin,
):
    """Mix into a page class, in front of the base page. Its children are the ticket forms."""

    #: See :mod:`wagtail_portal.portal_urls`.
    portal_page = "home"
    portal_routes = routes.portal_routes

    class Meta:
        abstract = True

    def portal_url(self, request, name: str, *args) -> str:
        """Return the URL of a route; "" for one of the portal's that the site has removed."""
        try:
            return self.get_url(request) + self.reverse_subpage(name, args=args)
        except NoReverseMatch:
            removed = {row.name for row in routes.portal_routes} - {
                row.name for row in self.get_subpage_urls()
            }
            if name not in removed:
                raise
            return ""

    def ticket_forms(self, member):
        """Return the forms that a customer can choose from, in the editors' order; without a
        member, those for anyone. None for members whose role can't open tickets."""
        if member is not None and not Actor.for_member(member).may(Verb.OPEN):
            return []
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
        """Route as Wagtail does, but give back what was typed into a form that is gone."""
        # All pages of the portal are found through here, before they use anything of Wagtail's.
        survive_outages()
        context = portal_context(request)
        context.home = self
        if self.live:
            rest = "/".join(path_components)
            context.full_path = request.get_full_path()
            context.home_path = request.path.rstrip("/").removesuffix(rest) or "/"
        if refusal := refuse_changes(request, path_components):
            return RouteResult(self, args=(partial(call_view, refusal, self), [], {}))
        try:
            form = self._form_at(path_components)
            return form.route(request, []) if form else super().route(request, path_components)
        except Http404:
            if self.live and request.method == "POST" and SUBMISSION_KEY in request.POST:
                return RouteResult(self, args=(partial(call_view, closed_form, self), [], {}))
            raise

    def _form_at(self, path_components):
        """Return the form at a path with one query. Wagtail would first load the base page."""
        classes = page_models("form")
        if len(classes) != 1 or len(path_components) != 1 or not self.live:
            return None
        try:
            self.resolve_subpage(f"/{path_components[0]}/")
        except Http404:
            children = classes[0]._default_manager.child_of(self)
            found = classes[0].with_has_roles(children.filter(slug=path_components[0]))
            form = found.first()
            if form is not None:
                form._cached_parent_obj = self
            return form
        return None

    @property
    def preview_modes(self):
        """Whose view an editor can preview."""
        return [
            ("member", gettext_lazy("As a member")),
            ("admin", gettext_lazy("As an organization admin")),
            ("visitor", gettext_lazy("As a visitor")),
        ]

    def serve_preview(self, request, mode_name):
        """Show the portal with sample tickets, as the chosen kind of user sees it."""
        self.is_unsaved_preview = True
        return preview_home(self, request, mode_name)
