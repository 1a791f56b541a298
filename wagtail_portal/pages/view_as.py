"""One of the team looks at the portal as a member, and can do nothing there.

Who looks, as whom and until when is in the session of the member of the team. Every page is told
the member, as if they had asked; the one thing that knows better is the door: a request that could
change something does not get past the ``door`` of :mod:`~wagtail_portal.pages.view_as_views`.
"""

import time

from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest

from wagtail_portal.actions import end_view_as
from wagtail_portal.models import Member
from wagtail_portal.permissions import Actor, Verb

SESSION_KEY = "wagtail_portal_view_as"


def viewed_member(request: HttpRequest) -> Member | None:
    """Return the member as whom an agent views the portal; None for everybody else.

    The database is asked only while the session names a member.
    """
    session = getattr(request, "session", None)
    kept = session.get(SESSION_KEY) if session is not None else None
    if not kept or kept["until"] <= time.time() or not may_view(request.user):
        return None
    members = Member.objects.with_access().select_related("organization", "role", "user")
    return members.filter(pk=kept["member"]).first()


def may_view(user) -> bool:
    """Whether the user may look at the portal as a member."""
    return user.is_authenticated and Actor.for_agent(user).may(Verb.VIEW_AS_MEMBER)


def minutes_left(request) -> int:
    """How long the look can go on."""
    kept = request.session.get(SESSION_KEY) or {"until": 0}
    return max(0, int(kept["until"] - time.time()) // 60 + 1)


def remember(request, member: Member, until) -> None:
    """Look as ``member`` from the next request on."""
    request.session[SESSION_KEY] = {"member": member.pk, "until": until.timestamp()}


def stop(request) -> None:
    """End the look, if there is one."""
    member = viewed_member(request)
    if member is not None:
        end_view_as(member, by=Actor.for_agent(request.user))
    request.session.pop(SESSION_KEY, None)


def _signed_out(sender, request, user, **kwargs):
    if user is not None and request is not None and hasattr(request, "session"):
        member = viewed_member(request)
        if member is not None:
            end_view_as(member, by=Actor.for_agent(user))


def connect() -> None:
    """Signing out ends a look as well."""
    user_logged_out.connect(_signed_out, dispatch_uid="wagtail_portal.viewing")
