"""The names of people in emails, so that no customer is taken for the team.

Customers choose their own names. A name that looks like the portal's, an agent's or the team's is
marked, and so is one that looks like the sender's address.
"""

from email.utils import parseaddr

from django.contrib.auth import get_user_model
from django.utils.translation import gettext

from wagtail_portal.models import Message, PortalSettings, display_name
from wagtail_portal.permissions import agent_groups, agents
from wagtail_portal.utils.lookalikes import looks_like_one_of
from wagtail_portal.utils.prepared import prepared
from wagtail_portal.utils.remembering import remembered

#: Characters of a name in front of its mark, and of a marked name in a sender: inboxes cut long
#: ones, and what follows must stay visible.
NAME_MAX_LENGTH = 40
MARKED_MAX_LENGTH = 60


def customer_name(name: str, site, ticket=None) -> str:
    """Return the name of a customer, marked if it can be taken for the team's.

    :param site: whose portal sends the email.
    :param ticket: that the email is about, for the names of everyone who has answered it.
    """
    if (
        "@" in name
        or looks_like_one_of(name, _names_of_team(site), in_part=True)
        or looks_like_one_of(name, _names_of_agents(ticket))
    ):
        return gettext("%(name)s (customer)") % {"name": shorten(name, NAME_MAX_LENGTH)}
    return name


def shorten(name: str, length: int) -> str:
    """Return a name, cut to a number of characters."""
    return name if len(name) <= length else f"{name[: length - 1].rstrip()}…"


def _names_of_team(site) -> list[str]:
    portal = PortalSettings.cached(site)
    sender_name, sender_address = parseaddr(portal.from_email)
    return [
        *(portal.name, *portal.in_every_language("portal_name"), site.site_name, sender_name),
        *(sender_address.rpartition("@")[2], site.hostname),
        *("Support", "Support team", gettext("Support"), gettext("Support team")),
        *remembered("groups", lambda: list(agent_groups().values_list("name", flat=True))),
    ]


def _names_of_agents(ticket) -> list[str]:
    people = [*remembered("agents", lambda: list(agents()))]
    if ticket is not None and ticket.pk:
        people += remembered(("agents", ticket.pk), lambda: _authors(ticket.pk))
    return [display_name(user, from_team=True) for user in people]


@prepared
def _authors(ticket_pk: int):
    """Return the agents who have answered a ticket, also those who have left the team."""
    written = Message.objects.filter(ticket=ticket_pk, from_team=True).order_by()
    return get_user_model()._base_manager.filter(pk__in=written.values("author"))
