"""Preview a message."""

from django.utils.safestring import SafeString

from wagtail_portal.actions.rate_limits import count
from wagtail_portal.permissions import Verb
from wagtail_portal.utils import markup

from ._ticket import clean_body


def preview(*, by, body: str) -> SafeString:
    """Return the rendered body of a message, without saving anything.

    :raises NotAllowed: unless ``by`` may open tickets or write in one.
    :raises Invalid: with the key ``body`` when it's too long.
    :raises RateLimited: after too many previews, because rendering takes time.
    """
    by.require_any(Verb.REPLY, Verb.NOTE, Verb.OPEN)
    body = clean_body(body, needed=False)
    count(by, "PREVIEWS_PER_HOUR")
    return markup.render(body)
