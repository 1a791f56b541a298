"""The current user, member and organization: one :class:`PortalContext` per request."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.functional import cached_property
from wagtail.models import Site

from wagtail_portal.actions import choose_organization
from wagtail_portal.compat import AbstractPage
from wagtail_portal.models import (
    Member,
    Organization,
    PortalSettings,
    Profile,
    memberships_of,
    profile_of,
)
from wagtail_portal.portal_urls import find_home
from wagtail_portal.signin.sessions import MEMBER_SESSION_KEY
from wagtail_portal.utils.timezones import find_time_zone, naming_zone

from .view_as import viewed_member

if TYPE_CHECKING:
    from .layout import Layout


@dataclass(eq=False)
class PortalContext:
    """What the views, forms and templates of one request share.

    :param request: the request, whose ``portal`` attribute this is.
    :param home: the portal home that the request was routed through; None outside the page tree,
        until :func:`home_of` looks for it.
    """

    request: HttpRequest
    home: Any = None
    #: The membership for a page of another organization, in this request only.
    acting_member: Member | None = None
    #: The layout around the page, once it's needed.
    layout: Layout | None = None
    #: The path of the portal home that the request was routed through; "" outside the page tree.
    home_path: str = ""
    #: The form that is shown, or None.
    form_page: AbstractPage | None = None
    #: Whether the reader can't open the portal home, so that nothing may lead there.
    is_closed: bool = False
    #: URLs of the portal's pages, by their paths in the page tree.
    page_urls: dict[str, str] = field(default_factory=dict)
    #: The path of the request with its query string, which an error report may remove.
    full_path: str = ""
    #: The exception that a view raised.
    failure: Exception | None = None
    #: The input and the name of the file that's being read, and those of files that couldn't be
    #: stored.
    current_file: tuple[str, str] = ("", "")
    unsaved_files: list[tuple[str, str]] = field(default_factory=list)
    #: The key of the form that was sent, as the browser knows it.
    submission_key: str = ""

    @property
    def is_routed(self) -> bool:
        """Whether the request is for a page of the portal, or a path below it."""
        return bool(self.home_path)

    @property
    def user(self):
        """The signed-in user, or an ``AnonymousUser``."""
        return getattr(self.request, "user", None) or AnonymousUser()

    @property
    def settings(self) -> PortalSettings:
        """The portal settings of the site."""
        return PortalSettings.current(self.request)

    @property
    def site(self) -> Site:
        """The Wagtail site of the request."""
        return self.settings.site

    @cached_property
    def viewed_member(self) -> Member | None:
        """The member as whom an agent views the portal; None for everyone else."""
        return viewed_member(self.request)

    @property
    def is_read_only(self) -> bool:
        """Whether nothing may be changed, because an agent views the portal as a member."""
        return self.viewed_member is not None

    @cached_property
    def memberships(self) -> list[Member]:
        """The memberships of the signed-in user that give access."""
        if self.viewed_member is not None:
            self.viewed_member.site_of_tickets = PortalSettings.site_of_tickets(self.request)
            return [self.viewed_member]
        if not self.user.is_authenticated:
            return []
        found = memberships_of(self.user)
        site = PortalSettings.site_of_tickets(self.request) if found else None
        for member in found:
            member.site_of_tickets = site
            self.profile = profile_of(member.user)
            # The user is loaded already, and the permission checks on it are cached there.
            member.user = self.user
        return found

    @cached_property
    def profile(self) -> Profile | None:
        """The profile of a signed-in member; None for everyone else."""
        # Loading the memberships puts the profile here, if there is one.
        return self.__dict__.get("profile") if self.memberships else None

    @property
    def usual_member(self) -> Member | None:
        """The membership chosen for this session, else the one used last."""
        chosen = self.request.session.get(MEMBER_SESSION_KEY)
        found = self.memberships
        return next((row for row in found if row.pk == chosen), found[0] if found else None)

    @property
    def member(self) -> Member | None:
        """The membership in which the current user acts; None for others."""
        return self.acting_member or self.usual_member

    @property
    def organization(self) -> Organization | None:
        """The organization for which the current user acts."""
        return self.member.organization if self.member else None

    @property
    def has_to_choose(self) -> bool:
        """Whether the current user has several organizations and never chose one of them."""
        found = self.memberships
        if len(found) < 2 or any(member.chosen_at for member in found):
            return False
        return self.request.session.get(MEMBER_SESSION_KEY) not in {row.pk for row in found}

    def choose_member(self, pk: int | None) -> bool:
        """Act in another of one's organizations from now on.

        :return: False if the membership is not the current user's own.
        """
        member = next((row for row in self.memberships if row.pk == pk), None)
        if member is None:
            return False
        self.request.session[MEMBER_SESSION_KEY] = pk
        choose_organization(member)
        return True

    def find_as(self, member: Member, find):
        """Return ``(member, found)`` for the first membership for which ``find(member)`` isn't
        None, beginning with ``member``; act in that membership for the rest of the request.

        A link in an email doesn't say which of one's organizations it belongs to.
        """
        for candidate in [member, *(row for row in self.memberships if row != member)]:
            found = find(candidate)
            if found is not None:
                self.acting_member = candidate
                return candidate, found
        return member, None

    def act_as(self, member: Member) -> None:
        """Act as ``member`` for the rest of the request, for previews."""
        self.request.user = member.user
        self.memberships, self.acting_member = [member], member

    def reset_view_as(self) -> None:
        """Clear what was loaded for view as member, after it has begun or ended."""
        for name in ("viewed_member", "memberships", "profile"):
            self.__dict__.pop(name, None)


def portal_context(request: Any) -> PortalContext:
    """Return the context of a request, made when it is first asked for."""
    if not hasattr(request, "portal"):
        request.portal = PortalContext(request)
    return request.portal


def home_of(request: HttpRequest):
    """Return the portal home that the request was routed through, else its site's, or None."""
    context = portal_context(request)
    if context.home is None and (site := Site.find_for_request(request)):
        context.home = find_home(site)
    return context.home


@contextmanager
def override_locale(profile: Profile | None):
    """Use the language and the time zone of a profile. If it has none, those of the site, the page
    or the browser stay."""
    with ExitStack() as chosen:
        if profile is not None and profile.known_language:
            chosen.enter_context(translation.override(profile.known_language))
        time_zone = find_time_zone(profile.time_zone) if profile is not None else None
        chosen.enter_context(naming_zone(time_zone is None))
        if time_zone is not None:
            chosen.enter_context(timezone.override(time_zone))
        yield
