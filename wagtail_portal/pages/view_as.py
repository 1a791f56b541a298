"""View the portal as a member: an agent sees what the member sees, but can't change anything.

The agent's session holds the member and the end time. Views treat a request as the member's;
:func:`~wagtail_portal.pages.view_as_views.refuse_changes` stops those that could change something.
"""

import time

from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest

from wagtail_portal.actions import end_view_as
from wagtail_portal.models import Member
from wagtail_portal.permissions import Actor, members_to_view_as

SESSION_KEY = "wagtail_portal_view_as"


def viewed_member(request: HttpRequest) -> Member | None:
    """Return the member as whom an agent views the portal; None for everyone else.

    The database is queried only while the session names a member.
    """
    stored = getattr(request, "session", {}).get(SESSION_KEY)
    if not stored or stored["until"] <= time.time() or not request.user.is_authenticated:
        return None
    return members_to_view_as(request.user).filter(pk=stored["member"]).first()


def may_view(user) -> bool:
    """Return whether the user may view the portal as members at all."""
    return user.is_authenticated and Actor.for_agent(user).may_view_as()


def minutes_left(request) -> int:
    """Return for how many more minutes the agent can view the portal as the member."""
    until = request.session.get(SESSION_KEY, {}).get("until", 0)
    return max(0, int(until - time.time()) // 60 + 1)


def remember(request, member: Member, until) -> None:
    """View the portal as ``member`` from the next request on."""
    request.session[SESSION_KEY] = {"member": member.pk, "until": until.timestamp()}


def stop(request) -> None:
    """Stop viewing the portal as a member, if that's the case."""
    member = viewed_member(request)
    if member is not None:
        end_view_as(member, by=Actor.for_agent(request.user))
    request.session.pop(SESSION_KEY, None)


def _signed_out(sender, request, user, **kwargs):
    if user is not None and hasattr(request, "session"):
        stop(request)


def connect() -> None:
    """Stop viewing as a member when the agent signs out."""
    user_logged_out.connect(_signed_out, dispatch_uid="wagtail_portal.viewing")
