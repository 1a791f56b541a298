"""A member takes home what the portal holds about them."""

from wagtail_portal.permissions import Verb
from wagtail_portal.utils.rate_limits import count


def begin_data_export(*, by) -> None:
    """Count a download by ``by``, a member; what is in it is theirs alone.

    :raises NotAllowed: for whoever may not see tickets.
    :raises RateLimited: when a member has made as many as the settings allow an hour.
    """
    by.require(Verb.VIEW)
    count(by, "DATA_DOWNLOADS_PER_HOUR")
