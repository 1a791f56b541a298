"""The layout around every page: name, tabs, organization and the user's menu."""

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language, get_language_bidi, gettext

from wagtail_portal import read_only_mode
from wagtail_portal.models import Member, PortalSettings
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.portal_urls import SIGN_OUT
from wagtail_portal.utils.users import full_name

from .context import home_of, portal_context
from .languages import languages_of
from .offered_forms import offers_form
from .theme import theme_url
from .view_as import minutes_left


@dataclass
class Layout:
    """The layout of one response; ``portal`` in templates."""

    settings: PortalSettings
    member: Member | None = None
    #: The usual membership of the current user, on a page of another organization.
    usual: Member | None = None
    memberships: list[Member] = field(default_factory=list)
    home_url: str = ""
    new_ticket_url: str = ""
    switch_url: str = ""
    upload_url: str = ""
    notifications_url: str = ""
    profile_url: str = ""
    #: Where a new member's name is sent; "" for everyone else.
    name_url: str = ""
    tabs: list[dict] = field(default_factory=list)
    is_agent: bool = False
    #: For people who edit the site: whether to show Wagtail's bar.
    has_userbar: bool = False
    #: The page of the request, or None outside the page tree.
    page: Any = None
    #: Whether the reader has chosen a language in their profile, which wins.
    is_language_chosen: bool = False
    #: The translations of the page: see :func:`~.languages.languages_of`.
    languages: list[dict] = field(default_factory=list)
    #: For agents who view the portal as a member: the URL to stop, and the minutes left.
    viewing: dict | None = None

    @property
    def read_only_mode(self) -> str:
        """What to tell people in read-only mode; "" otherwise."""
        return read_only_mode.explanation() if read_only_mode.is_on() else ""

    @property
    def name(self) -> str:
        """The name of the portal."""
        return self.settings.name

    @property
    def description(self) -> str:
        """A sentence about the portal, for search engines."""
        text = gettext("%(name)s: get help, and follow your support tickets.")
        return self.settings.localized("welcome_text") or text % {"name": self.name}

    @cached_property
    def back_at(self):
        """When the team is available again; None while it is, or if there are no support hours."""
        return self.settings.back_at()

    @property
    def canonical_url(self) -> str:
        """The address under which search engines may list the page; "" if they may not."""
        return self.page.full_url if self.page is not None and self.page.is_public else ""

    @property
    def shows_languages(self) -> bool:
        """Whether readers can switch to another language here, not only in their profile."""
        return bool(self.languages) and not self.is_language_chosen

    @property
    def theme_url(self) -> str:
        """URL of the style sheet with the portal's colors."""
        return theme_url(self.settings)

    @property
    def language(self) -> str:
        """The language of the page, for its ``lang`` attribute."""
        return get_language() or "en"

    @property
    def direction(self) -> str:
        """``"rtl"`` or ``"ltr"``."""
        return "rtl" if get_language_bidi() else "ltr"

    @property
    def sign_out_url(self) -> str:
        """Where a POST request signs out."""
        return reverse(SIGN_OUT)


def layout_for(request) -> Layout:
    """Return the layout for a request, of a portal page or a sign-in page."""
    context = portal_context(request)
    if context.layout is not None:
        return context.layout
    layout = Layout(settings=context.settings)
    home = None if context.is_closed else home_of(request)
    if home is not None:
        layout.home_url = home.get_url(request) or ""
        if context.is_routed:
            layout.page = context.form_page or home
            layout.languages = languages_of(layout.page, request)
    user = context.user
    if user.is_authenticated:
        layout.member = context.member
        if layout.member != context.usual_member:
            layout.usual = context.usual_member
        layout.memberships = [row for row in context.memberships if row != layout.member]
        # Checked only if needed, because it costs queries.
        if layout.member is None:
            layout.is_agent = user.has_perm("wagtailadmin.access_admin")
        # Wagtail's bar saves a profile of the user, and who views as a member changes nothing.
        is_editor = layout.is_agent or user.is_superuser
        layout.has_userbar = is_editor and not context.is_read_only
        profile = context.profile
        layout.is_language_chosen = profile is not None and bool(profile.known_language)
    if home is not None and layout.member is not None:
        actor = Actor.for_member(layout.member)
        if actor.may(Verb.OPEN) and offers_form(home, layout.member):
            layout.new_ticket_url = home.portal_url(request, "portal_new")
        if actor.may(Verb.REPLY):
            layout.upload_url = home.portal_url(request, "portal_upload")
        layout.notifications_url = home.portal_url(request, "portal_notifications")
        layout.profile_url = home.portal_url(request, "portal_profile")
        if _is_asked_for_name(context):
            layout.name_url = home.portal_url(request, "portal_own_name")
        layout.switch_url = home.portal_url(request, "portal_organization")
        layout.tabs = _tabs(request, home, layout.member)
        if context.is_read_only:
            layout.viewing = {
                "url": home.portal_url(request, "portal_view_as"),
                "end_url": home.portal_url(request, "portal_view_as_end"),
                "minutes": minutes_left(request),
            }
    context.layout = layout
    return layout


def _is_asked_for_name(context) -> bool:
    """Return whether the current user has no name and was never asked for it."""
    if context.is_read_only or full_name(context.user):
        return False
    return not (context.profile and context.profile.name_asked)


def _tabs(request, home, member) -> list[dict]:
    others = ("portal_members", "portal_new", "portal_profile", "portal_notifications")
    tickets = {
        "label": gettext("Tickets"),
        "url": home.get_url(request),
        "current": not any(_is_at(request, home, name) for name in others),
        "icon": "tickets",
    }
    shown = PortalSettings.current(request).tab_members
    if not (shown and Actor.for_member(member).may(Verb.VIEW_MEMBER)):
        return [tickets]
    members = {
        "label": gettext("Members"),
        "url": home.portal_url(request, "portal_members"),
        "current": _is_at(request, home, "portal_members"),
        "icon": "users",
    }
    return [tickets, members]


def _is_at(request, home, name: str) -> bool:
    """Return whether the request is for a route, or for what's below it. Its address can begin with
    another language than the reader's."""
    base = home.get_url(request)
    route = home.portal_url(request, name).removeprefix(base).lstrip("/")
    here = (portal_context(request).home_path or base).rstrip("/")
    return bool(route) and request.path.startswith(f"{here}/{route}")
