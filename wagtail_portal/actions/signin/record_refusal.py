"""Somebody came by single sign-on, and was not let in."""

from django.utils.translation import gettext_lazy as _

from wagtail_portal.actions._limits import limit
from wagtail_portal.actions._log import record_for_site
from wagtail_portal.exceptions import RateLimited
from wagtail_portal.models import PortalSettings
from wagtail_portal.permissions import Actor

#: Why a sign-in can be refused, in words for the team.
REASONS = {
    "expired": _("The token had expired."),
    "replay": _("The token had been used before."),
    "not_yet": _("The token was issued in the future: look at the clocks."),
    "lifetime": _("The token would be good for more than an hour."),
    "signature": _("The signature was wrong: is it the same key on both sides?"),
    "algorithm": _("The token was not signed as the settings say."),
    "key": _("The token was signed with a key that is not in the key set."),
    "keys": _("The key set could not be fetched."),
    "audience": _("The token was meant for another service."),
    "issuer": _("The token names another issuer."),
    "claims": _("The token lacks something, or says it in another form."),
    "malformed": _("What was sent is no token."),
    "provider": _("The provider reported an error."),
    "unverified": _("The provider has not verified the address."),
    "domain": _("The address is of a domain for which the provider does not speak."),
    "organization": _("The organization is unknown, or not one of the provider's."),
    "other_organization": _(
        "The person belongs to another organization too, for which the provider does not speak."
    ),
    "unknown": _("Nobody here has this address."),
    "no_access": _("The person has no access."),
    "staff": _("The person is one of the team."),
    "return_to": _("The address to return to is not one of this site."),
}


def record_refusal(portal: PortalSettings, *, provider: str, reason: str) -> bool:
    """Write to the site's history, which the team reads, why a sign-in was refused.

    At most ``REFUSALS_LOGGED_PER_HOUR`` of each provider: everybody can send a bad token.

    :param provider: how the other side is called.
    :param reason: a key of :data:`REASONS`.
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
