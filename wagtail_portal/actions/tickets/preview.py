"""Preview a message."""

from django.utils.safestring import SafeString

from wagtail_portal.actions.rate_limits import count, limit
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils import markup

from ._ticket import clean_body


def preview(*, by: Actor | None, body: str, client: str = "") -> SafeString:
    """Return the rendered body of a message, without saving anything.

    :param by: None for a visitor who fills in a form that is open to anyone.
    :param client: a digest of the visitor's IP address.
    :raises NotAllowed: unless ``by`` may open tickets or write in one.
    :raises Invalid: with the key ``body`` when it's too long.
    :raises RateLimited: after too many previews, because rendering takes time.
    """
    if by is not None:
        by.require_any(Verb.REPLY, Verb.NOTE, Verb.OPEN)
    body = clean_body(body, needed=False)
    if by is not None:
        count(by, "PREVIEWS_PER_HOUR")
    else:
        limit("VISITOR_PREVIEWS_PER_CLIENT", client)
    return markup.render(body)
