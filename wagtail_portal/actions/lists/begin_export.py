"""Begin an export of the list of tickets."""

from wagtail_portal.actions._limits import count
from wagtail_portal.permissions import Verb


def begin_export(*, by) -> None:
    """Count an export by ``by``. Its tickets are read with ``visible_to``, as in the list.

    :raises NotAllowed: unless ``by`` can view tickets.
    :raises RateLimited: beyond the setting ``EXPORTS_PER_HOUR``.
    """
    by.require(Verb.VIEW)
    count(by, "EXPORTS_PER_HOUR")
