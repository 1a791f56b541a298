"""A member takes the list of tickets home as a file."""

from wagtail_portal.permissions import Verb
from wagtail_portal.utils.rate_limits import count


def begin_export(*, by) -> None:
    """Count an export by ``by``. What is in it is asked for with ``visible_to``, as in a list.

    :raises NotAllowed: for whoever may not see tickets.
    :raises RateLimited: when a member has made as many as the settings allow an hour.
    """
    by.require(Verb.VIEW)
    count(by, "EXPORTS_PER_HOUR")
