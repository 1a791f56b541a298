"""How a message will look; nothing is kept."""

from django.utils.safestring import SafeString

from wagtail_portal.permissions import Verb
from wagtail_portal.utils import markup
from wagtail_portal.utils.rate_limits import count

from ._ticket import clean_body


def preview(*, by, body: str) -> SafeString:
    """The text as it would be shown, rendered and cleaned as that of a message.

    :raises NotAllowed: for who can neither open tickets nor write in one.
    :raises Invalid: with the key ``body`` when it is too long.
    :raises RateLimited: rendering costs time.
    """
    if not (by.may(Verb.REPLY) or by.may(Verb.NOTE)):
        by.require(Verb.OPEN)
    body = clean_body(body, needed=False)
    count(by, "PREVIEWS_PER_HOUR")
    return markup.render(body)
