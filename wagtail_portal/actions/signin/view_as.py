"""Begin or end an agent's view of the portal as a member."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import conf
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import Member
from wagtail_portal.permissions import Actor, Verb


def begin_view_as(member: Member, *, by: Actor, at: datetime | None = None) -> Any:
    """Let an agent view the portal as ``member``, read-only, and return until when.

    The log holds the latest end along with the beginning, because an agent may never end the view.

    :raises NotAllowed: unless ``by`` is an agent who may view the portal as this member.
    :raises Invalid: for a member without access.
    """
    if not by.may_view_as():
        raise NotAllowed(Verb.VIEW_AS_MEMBER)
    if member.is_visitor or not member.role.gives_access:
        text = gettext(
            "This person doesn’t have access to the portal, so there is nothing to view."
        )
        raise Invalid({"member": text})
    if not by.may_view_as(member):
        raise NotAllowed(Verb.VIEW_AS_MEMBER)
    at = at or timezone.now()
    until = at + timedelta(minutes=conf.VIEW_AS_MINUTES)
    record(member, "begin_view_as", by=by, at=at, until=until.isoformat())
    return until


def end_view_as(member: Member, *, by: Actor, at: datetime | None = None) -> None:
    """Log that the view has ended before its time."""
    record(member, "end_view_as", by=by, at=at)
