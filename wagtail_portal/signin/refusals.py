"""Show and log why single sign-on was refused."""

import logging

from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _

from wagtail_portal.actions import record_refusal
from wagtail_portal.logs import scrub
from wagtail_portal.metrics import REFUSALS
from wagtail_portal.models import PortalSettings

logger = logging.getLogger(__name__)


class Refused(Exception):
    """Single sign-on is refused.

    :param reason: a key of :data:`KINDS`.
    :param detail: for the log; never a token, nor long unverified text.
    """

    def __init__(self, reason: str, detail: str = ""):
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


#: The kinds of pages by the reason in the log.
KINDS = {
    "expired": "again",
    "replay": "again",
    "signed_out": "again",
    "not_yet": "setup",
    "lifetime": "setup",
    "signature": "setup",
    "algorithm": "setup",
    "key": "setup",
    "keys": "setup",
    "audience": "setup",
    "issuer": "setup",
    "claims": "setup",
    "malformed": "setup",
    "provider": "setup",
    "unreachable": "unreachable",
    "unverified": "unverified",
    "domain": "unknown",
    "organization": "unknown",
    "other_organization": "unknown",
    "unknown": "unknown",
    "no_access": "unknown",
    "staff": "staff",
    "return_to": "return_to",
}

HEADINGS = {
    "again": _("This sign-in link has expired"),
    "setup": _("Something went wrong"),
    "unreachable": _("Not available right now"),
    "unverified": _("Your email address isn’t verified"),
    "unknown": _("You don’t have access yet"),
    "staff": _("You’re a team member"),
    "return_to": _("This link leads to another site"),
}


def refuse(request, error: Refused, *, provider: str, return_to: str = "", again: str = ""):
    """Return the page for someone whose sign-in was refused, and log the reason.

    :param provider: the name of the other system.
    :param return_to: the URL of this site that they wanted to open.
    :param again: the URL where they can try again.
    """
    log_refusal(request, error, provider=provider)
    kind = KINDS[error.reason]
    context = {
        "kind": kind,
        "heading": HEADINGS[kind],
        "provider": provider,
        "return_to": return_to,
        "again": again,
    }
    response = render(request, "wagtail_portal/signin/refused.html", context, status=403)
    add_never_cache_headers(response)
    return response


def log_refusal(request, error: Refused, *, provider: str, sign_out: bool = False) -> None:
    """Log why a sign-in or sign-out was refused, for developers and for the team.

    :param provider: the name of the other system.
    """
    verb = "Sign-out" if sign_out else "Sign-in"
    REFUSALS.labels(reason=f"sso_{error.reason}").inc()
    detail = scrub(error.detail)
    logger.warning("%s by %s refused: %s %s", verb, provider, error.reason, detail)
    portal = PortalSettings.current(request)
    record_refusal(portal, provider=provider, reason=error.reason, sign_out=sign_out)
