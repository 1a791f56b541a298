"""Log entries of single sign-on, and of agents who view the portal as a member."""

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils.humanize import exact_time

from .entry_type import LogEntryType

#: Why a single sign-on can be refused, in words for the team.
REFUSAL_REASONS = {
    "expired": _("The token had expired."),
    "replay": _("The token had already been used."),
    "signed_out": _("The person has signed out since the token was issued."),
    "not_yet": _("The token’s issue time is in the future. Check the clocks of both servers."),
    "lifetime": _("The token is valid for more than an hour."),
    "signature": _("The signature didn’t match. Check that both sides use the same key."),
    "algorithm": _("The token wasn’t signed with the configured algorithm."),
    "key": _("The token was signed with a key that isn’t in the key set."),
    "keys": _("The key set couldn’t be fetched."),
    "audience": _("The token was issued for another service."),
    "issuer": _("The token names a different issuer."),
    "claims": _("The token is missing a claim, or a claim has the wrong format."),
    "malformed": _("What was sent isn’t a valid token."),
    "provider": _("The provider reported an error."),
    "unreachable": _("The provider couldn’t be reached."),
    "unverified": _("The provider hasn’t verified the email address."),
    "domain": _("The provider isn’t allowed to sign in people from this email domain."),
    "organization": _("The organization is unknown, or the provider isn’t allowed to use it."),
    "other_organization": _(
        "The person also belongs to an organization that the provider isn’t allowed to use."
    ),
    "unknown": _("No user has this email address."),
    "no_access": _("The person doesn’t have access."),
    "staff": _("The person is a team member."),
    "return_to": _("The return URL isn’t allowed."),
}


def _refusal(entry) -> str:
    reason = entry.data.get("reason", "")
    text = gettext("Sign-in through %(provider)s refused: %(reason)s")
    if entry.data.get("sign_out"):
        text = gettext("Sign-out through %(provider)s refused: %(reason)s")
    return text % {
        "provider": entry.data.get("provider", ""),
        "reason": REFUSAL_REASONS.get(reason, reason),
    }


def _view_as(entry) -> str:
    until = parse_datetime(entry.data.get("until", ""))
    if until is None:
        return gettext("Viewed the portal as this member")
    return gettext("Viewed the portal as this member, until %(time)s at the latest") % {
        "time": exact_time(until)
    }


TYPES = [
    LogEntryType("record_refusal", _("Refuse sign-in"), _refusal),
    LogEntryType("begin_view_as", _("View as member"), _view_as),
    LogEntryType(
        "end_view_as", _("Stop viewing as member"), _("Stopped viewing the portal as this member")
    ),
]
