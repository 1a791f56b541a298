"""Upload a file before the message it belongs to, and discard uploads that were never sent."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from wagtail.models import Site

from wagtail_portal import conf
from wagtail_portal.actions._locks import lock_rows, reload_actor
from wagtail_portal.actions.rate_limits import count
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Attachment, Member
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils.rows import delete_some

from ._files import checked_files, exceeds_space

#: Unsent uploads older than that are deleted if there's no room for another one, or if no one can
#: send them.
OLD = timedelta(days=2)


def upload(*, by: Actor, site: Site, file: Any, at: datetime | None = None) -> Attachment:
    """Save a file that doesn't belong to a message yet, and return the attachment. Only ``by`` can
    send it, once.

    :raises NotAllowed: unless ``by`` may open tickets or write in one.
    :raises Invalid: with the key ``attachments`` when the file is refused, or when too many files
        of a customer wait for their messages.
    :raises RateLimited: after too many uploads.
    """
    _require(by)
    if at is None:
        count(by, "UPLOADS_PER_HOUR")
    at = at or timezone.now()
    with checked_files(by, site, [file]) as files:
        if by.member is not None:
            _require_space(by, file)
        return files.for_message(None, at)[0]


def _require(by: Actor) -> None:
    by.require_any(Verb.REPLY, Verb.NOTE, Verb.OPEN)


def _require_space(by: Actor, file: Any) -> None:
    """Refuse a file if it doesn't fit with the other unsent files of a member."""
    # Files that are uploaded at the same moment are counted one after the other.
    # Members come before users, as everywhere.
    lock_rows(Member.objects.filter(user=by.user.pk))
    lock_rows(get_user_model()._default_manager.filter(pk=by.user.pk))
    reload_actor(by)
    _require(by)
    unsent = Attachment.objects.unsent_by(by.user)
    if exceeds_space(unsent, [file], conf.UNSENT_FILES_MB):
        # Those of old drafts make room.
        unsent.filter(created_at__lt=timezone.now() - OLD).delete()
    if exceeds_space(unsent, [file], conf.UNSENT_FILES_MB):
        text = gettext(
            "You’ve uploaded too many files without sending them. Send the message that they "
            "belong to first, or try again tomorrow."
        )
        raise Invalid({"attachments": text})


def discard_uploads(*, older_than: timedelta, most: int | None = None) -> int:
    """Delete uploads that haven't been sent for ``older_than``, and those that no one can send any
    more. Return how many.

    :param most: how many to delete now; None for all.
    """
    now = timezone.now()
    is_old = Q(created_at__lt=now - older_than)
    # Such as those of a visitor's request that was deleted.
    abandoned = Q(uploader=None, request=None, created_at__lt=now - OLD)
    # One that its uploader is sending right now is no longer found when it's deleted.
    old = Attachment.objects.unsent().filter(is_old | abandoned)
    return delete_some(old, most)
