"""One of the team looks at the portal as a customer sees it."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import conf
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Member
from wagtail_portal.permissions import Verb


def begin_view_as(member: Member, *, by, at=None):
    """Let one of the team look, without doing anything, and returns until when.

    The log has the beginning with the latest end, so that it knows the end of a look that nobody
    ends.

    :raises NotAllowed: without the permission to view as a member.
    :raises Invalid: for somebody who gets to see nothing.
    """
    by.require(Verb.VIEW_AS_MEMBER)
    if member.is_visitor or not member.role.gives_access:
        raise Invalid({"member": gettext("This person has no access, and sees nothing.")})
    at = at or timezone.now()
    until = at + timedelta(minutes=conf.VIEW_AS_MINUTES)
    record(member, "begin_view_as", by=by, at=at, until=until.isoformat())
    return until


def end_view_as(member: Member, *, by, at=None) -> None:
    """Write down that the look has ended before its time."""
    record(member, "end_view_as", by=by, at=at)
