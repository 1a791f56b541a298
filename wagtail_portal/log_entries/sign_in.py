"""Log entries of single sign-on, and of agents who view the portal as a member."""

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .entry_type import LogEntryType

#: Why a single sign-on can be refused, in words for the team.
REFUSAL_REASONS = {
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


def _refusal(entry) -> str:
    reason = entry.data.get("reason", "")
    return gettext("Sign-in by %(provider)s refused: %(reason)s") % {
        "provider": entry.data.get("provider", ""),
        "reason": REFUSAL_REASONS.get(reason, reason),
    }


def _view_as(entry) -> str:
    until = parse_datetime(entry.data.get("until", ""))
    if until is None:
        return gettext("Looked at the portal as this member")
    return gettext("Looked at the portal as this member, until %(time)s at the latest") % {
        "time": date_format(localtime(until), "SHORT_DATETIME_FORMAT")
    }


TYPES = [
    LogEntryType("record_refusal", _("Refuse sign-in"), _refusal),
    LogEntryType("begin_view_as", _("Look as a member"), _view_as),
    LogEntryType(
        "end_view_as", _("End look as a member"), _("Look at the portal as this member ended")
    ),
]
