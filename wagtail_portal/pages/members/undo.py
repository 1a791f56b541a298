"""Offer for a few minutes to restore the access that was just removed."""

import time

from wagtail_portal.models import Member

SESSION_KEY = "wagtail_portal_revoked"
#: For how many seconds.
OFFERED_FOR = 300


def offer(request, member: Member) -> None:
    """Offer to restore the access of ``member``."""
    request.session[SESSION_KEY] = {"member": member.pk, "until": time.time() + OFFERED_FOR}


def withdraw(request) -> None:
    """Offer it no longer."""
    request.session.pop(SESSION_KEY, None)


def offered(request, page, viewer: Member) -> dict | None:
    """Return the name of the member whose access can be restored, and where; None without one."""
    found = request.session.get(SESSION_KEY)
    if not found or found["until"] < time.time():
        return None
    visible = Member.objects.visible_to(viewer).select_related("user", "role")
    member = visible.filter(pk=found["member"]).first()
    if member is None or member.role.gives_access:
        return None
    url = page.portal_url(request, "portal_member", member.pk)
    return {"name": member.name, "url": url}
