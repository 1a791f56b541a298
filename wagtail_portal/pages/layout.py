"""The layout around every page: name, tabs, organization and the user's menu."""

from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language, get_language_bidi, gettext

from wagtail_portal import read_only_mode
from wagtail_portal.models import Member, PortalSettings
from wagtail_portal.permissions import Actor, Verb

from .context import home_of, portal_context
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
    tabs: list[dict] = field(default_factory=list)
    is_agent: bool = False
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

    @cached_property
    def back_at(self):
        """When the team is available again; None while it is, or if there are no support hours."""
        return self.settings.back_at()

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
        return reverse("account_logout")


def layout_for(request) -> Layout:
    """Return the layout for a request, of a portal page or a sign-in page."""
    context = portal_context(request)
    if context.layout is not None:
        return context.layout
    layout = Layout(settings=context.settings)
    home = home_of(request)
    if home is not None:
        layout.home_url = home.get_url(request) or ""
    user = context.user
    if user.is_authenticated:
        layout.member = context.member
        if layout.member != context.usual_member:
            layout.usual = context.usual_member
        layout.memberships = [row for row in context.memberships if row != layout.member]
        # Checked only if needed, because it costs queries.
        if layout.member is None:
            layout.is_agent = user.has_perm("wagtailadmin.access_admin")
    if home is not None and layout.member is not None:
        actor = Actor.for_member(layout.member)
        if actor.may(Verb.OPEN) and offers_form(home, layout.member):
            layout.new_ticket_url = home.portal_url(request, "portal_new")
        if actor.may(Verb.REPLY):
            layout.upload_url = home.portal_url(request, "portal_upload")
        layout.notifications_url = home.portal_url(request, "portal_notifications")
        layout.profile_url = home.portal_url(request, "portal_profile")
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


def _tabs(request, home, member) -> list[dict]:
    members_url = home.portal_url(request, "portal_members")
    others = ("portal_new", "portal_profile", "portal_notifications")
    elsewhere = (members_url, *(home.portal_url(request, name) for name in others))
    tickets = {
        "label": gettext("Tickets"),
        "url": home.get_url(request),
        "current": not request.path.startswith(elsewhere),
        "icon": "tickets",
    }
    shown = PortalSettings.current(request).tab_members
    if not (shown and Actor.for_member(member).may(Verb.VIEW_MEMBER)):
        return [tickets]
    members = {
        "label": gettext("Members"),
        "url": members_url,
        "current": request.path.startswith(members_url),
        "icon": "users",
    }
    return [tickets, members]
