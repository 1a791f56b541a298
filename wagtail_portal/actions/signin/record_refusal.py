"""Log that a single sign-on was refused."""

from wagtail_portal.actions._log import record_for_site
from wagtail_portal.exceptions import RateLimited
from wagtail_portal.models import PortalSettings
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.rate_limits import limit


def record_refusal(portal: PortalSettings, *, provider: str, reason: str) -> bool:
    """Log why a sign-in was refused to the site's history, which the team reads, and return whether
    it was logged.

    Only ``REFUSALS_LOGGED_PER_HOUR`` are logged for each provider, because anyone can send a bad
    token.

    :param provider: the name of the identity provider.
    :param reason: a key of :data:`wagtail_portal.log_entries.REFUSAL_REASONS`.
    """
    try:
        limit("REFUSALS_LOGGED_PER_HOUR", provider)
    except RateLimited:
        return False
    record_for_site(
        portal,
        "record_refusal",
        by=Actor.system(),
        title=portal.name,
        provider=provider,
        reason=reason,
    )
    return True
