"""Addresses of the portal for those who do not know its pages: mails, sign-in, the admin.

A link identifies, and carries nothing that opens (threats 5 and 22).
"""

#: Set when the app is ready, by the pages of the portal, which alone know their addresses.
_finders = {
    "ticket": lambda ticket, message: "",
    "home": lambda request: "",
    "forms": None,
    "invitation": lambda site, token: "",
}


def set_finders(*, ticket, home, forms, invitation, portal) -> None:
    """Let ``ticket(ticket, message)``, ``home(request)``, ``invitation(site, token)`` and
    ``portal(site, route)`` say where these pages are, "" for nowhere, and ``forms()`` which pages
    are forms."""
    _finders.update(ticket=ticket, home=home, forms=forms, invitation=invitation, portal=portal)


def ticket_url(ticket, message=None) -> str:
    """The absolute address of the ticket in its site's portal, at one of its messages where one
    is given; "" when there is none."""
    return _finders["ticket"](ticket, message)


def home_url(request) -> str:
    """The address of the portal's main page on the site that was asked; "" without a portal."""
    return _finders["home"](request)


def form_pages():
    """The pages of all sites with which customers open tickets, as a queryset."""
    return _finders["forms"]()


def invitation_url(site, token: str) -> str:
    """The absolute address at which an invitation is accepted; "" without a portal."""
    return _finders["invitation"](site, token)


def portal_url(site, route: str = "") -> str:
    """The absolute address of the portal of ``site``, or of one of its pages by the name of its
    route; "" without a portal."""
    return _finders["portal"](site, route)


#: What tokens are signed with that end the mails about a ticket.
MUTE_SALT = "wagtail_portal.mute"
