"""The portal home: the page at the root of a portal, whose children are the ticket forms."""

from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch
from django.utils.functional import classproperty
from django.utils.translation import gettext_lazy
from wagtail.models import Site
from wagtail.url_routing import RouteResult

from wagtail_portal.models import Member
from wagtail_portal.models.cached_rows import rows_key
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.portal_urls import page_models
from wagtail_portal.utils.prepared import prepared
from wagtail_portal.utils.shared_cache import survive_outages

from .access import ViewRestrictionsMixin
from .context import portal_context
from .former_paths import find_former, redirect_to_former
from .home_content.blocks import HomeContentMixin
from .languages import route_in_chosen_language
from .offered_forms import read_cache
from .preview.previews import preview_home
from .privacy import without_private
from .quick_routes import is_unrestricted, remember, with_privacy
from .routing import RoutesMixin, call_view, routed_view
from .ticket_form.anonymous_views import visitor_request
from .ticket_form.closed import closed_form, has_text, is_form
from .ticket_form.form_page import TicketFormPageMixin
from .view_as_views import refuse_changes


def follow(request: HttpRequest, page: Any, former: Any) -> HttpResponse:
    """Lead to where a page is now, or give back what was typed into it."""
    if (response := redirect_to_former(request, former)) is not None:
        return response
    if is_form(request):
        return closed_form(request, page)
    raise Http404


@prepared
def _form(model: Any, above: str, depth: int, slug: str) -> Any:
    found = model._base_manager.filter(path__startswith=above, depth=depth, slug=slug)
    return with_privacy(model.with_has_roles(found))


class PortalHomePageMixin(
    ViewRestrictionsMixin,
    RoutesMixin,
    # A model, which has to come after Wagtail's mixins, which aren't models.
    HomeContentMixin,
):
    """Mix into a page class, in front of the base page. Its children are the ticket forms."""

    #: See :mod:`wagtail_portal.portal_urls`.
    portal_page = "home"
    #: Whether anyone can read the page. The ticket list can't be read without signing in.
    is_public = False

    class Meta:
        abstract = True

    @classproperty
    def portal_routes(cls) -> list:
        """The URLs below the page. Their views are loaded when they're first needed."""
        return import_module("wagtail_portal.pages.routes").portal_routes

    def get_sitemap_urls(self, request: HttpRequest | None = None) -> list[dict]:
        """Return no URLs: everyone is asked to sign in first."""
        return []

    def portal_url(self, request: HttpRequest, name: str, *args: Any) -> str:
        """Return the URL of a route; "" for one of the portal's that the site has removed."""
        try:
            return self.get_url(request) + self.reverse_subpage(name, args=args)
        except NoReverseMatch:
            removed = {row.name for row in PortalHomePageMixin.portal_routes} - {
                row.name for row in self.get_subpage_urls()
            }
            if name not in removed:
                raise
            return ""

    def ticket_forms(self, member: Member | None) -> list:
        """Return the forms that a customer can choose from, in the editors' order; without a
        member, those for anyone. None for members whose role can't open tickets."""
        if member is not None and not Actor.for_member(member).may(Verb.OPEN):
            return []
        children = self.get_children().live().specific()
        forms = [page for page in children if isinstance(page, TicketFormPageMixin)]
        forms = without_private(forms, member)
        if member is None:
            return [form for form in forms if form.is_for_anyone]
        roles: dict = {}
        for form_class in {type(form) for form in forms}:
            same = [form for form in forms if type(form) is form_class]
            roles |= form_class.roles_by_form(same)
            form_class.read_conditions(same)
        return [
            form
            for form in forms
            if form.is_for_customer(member)
            and member.role_id in roles.get(form.pk, {member.role_id})
        ]

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """Route as Wagtail does, but give back what was typed into a form that is gone."""
        # All pages of the portal are found through here, before they use anything of Wagtail's.
        survive_outages()
        context = portal_context(request)
        context.home = self
        remember(self)
        if not self.live:
            return self._route_closed(request, path_components)
        if (found := route_in_chosen_language(self, request, path_components)) is not None:
            return found
        context.home = self
        may_be_form = self._may_be_form(path_components)
        read_cache(request, self, *([rows_key("ticket_fields")] if may_be_form else []))
        context.full_path = request.get_full_path()
        context.home_path = request.path.rstrip("/").removesuffix("/".join(path_components)) or "/"
        if refusal := refuse_changes(request, path_components):
            return self._result(refusal)
        try:
            form = self._form_at(path_components) if may_be_form else None
            return form.route(request, []) if form else super().route(request, path_components)
        except Http404:
            former = self._find_former(request, path_components)
            if former[0] is not None:
                return self._result(partial(follow, former=former))
            if is_form(request):
                return self._result(closed_form)
            raise

    def _find_former(self, request: HttpRequest, path_components: list[str]) -> Any:
        """Return the page that was below this one, and the rest of the path."""
        root = Site.find_for_request(request).root_page.localized
        own = self.url_path.removeprefix(root.url_path)
        return find_former(request, own + "".join(f"{part}/" for part in path_components))

    def _route_closed(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """Find no page of a portal that isn't published, but give back what was typed into one."""
        portal_context(request).is_closed = True
        try:
            found = super().route(request, path_components)
        except Http404:
            found = None
        if found is not None and not isinstance(found.page, TicketFormPageMixin):
            # A page of the site's own below the portal.
            return found
        if is_form(request) or has_text(request):
            if found is None:
                return self._result(closed_form)
            return RouteResult(found.page, kwargs={"unpublished": True})
        with suppress(Http404):
            found = self.resolve_subpage("/" + "".join(f"{part}/" for part in path_components))
            if routed_view(found.func) is visitor_request:
                return RouteResult(self, args=tuple(found))
        raise Http404

    def _result(self, view: Any) -> RouteResult:
        return RouteResult(self, args=(partial(call_view, view, self), [], {}))

    def _may_be_form(self, path_components: list[str]) -> bool:
        """Return whether a path is that of a child page, of which forms are the most likely."""
        if len(path_components) != 1:
            return False
        try:
            self.resolve_subpage(f"/{path_components[0]}/")
        except Http404:
            return True
        return False

    def _form_at(self, path_components: list[str]) -> Any:
        """Return the form at a path with one query. Wagtail would first load the base page."""
        classes = page_models("form")
        if len(classes) != 1:
            return None
        form = next(iter(_form(classes[0], self.path, self.depth + 1, path_components[0])), None)
        if form is not None:
            form._cached_parent_obj = self
            form.is_unrestricted = self.is_unrestricted and is_unrestricted(form)
        return form

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        """Whose view an editor can preview."""
        return [
            ("member", gettext_lazy("As a member")),
            ("admin", gettext_lazy("As an organization admin")),
            ("visitor", gettext_lazy("As a visitor")),
        ]

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """Show the portal with sample tickets, as the chosen kind of user sees it."""
        self.is_unsaved_preview = True
        return preview_home(self, request, mode_name)
