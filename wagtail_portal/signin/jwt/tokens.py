"""Verify tokens and read their claims."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

import jwt
from django.views.decorators.debug import sensitive_variables

from wagtail_portal.actions.people.provision_user import normalize_email
from wagtail_portal.exceptions import Invalid
from wagtail_portal.signin.refusals import Refused
from wagtail_portal.utils.text import clean_line, is_storable

from .issuers import Issuer
from .keys import find_key

#: Seconds by which clocks may differ.
SKEW = 60
#: The longest lifetime of a token in seconds. It's short because browsers see the token.
MAX_LIFETIME = 3600
MAX_LENGTH = 8192
MAX_CLAIM_LENGTH = 300

REASONS = {
    jwt.InvalidSignatureError: "signature",
    jwt.InvalidAudienceError: "audience",
    jwt.InvalidIssuerError: "issuer",
    jwt.MissingRequiredClaimError: "claims",
}


@dataclass(frozen=True)
class Claims:
    """The claims of a verified token."""

    email: str = field(repr=False)
    token_id: str = field(repr=False)
    expires_at: datetime
    name: str = field(default="", repr=False)
    #: The external ID of an organization.
    organization: str = ""


@sensitive_variables()
def read_token(issuer: Issuer, token: str) -> Claims:
    """Verify ``token`` and return its claims.

    :raises Refused: with the reason, if it's invalid.
    """
    if not token or len(token) > MAX_LENGTH:
        raise Refused("malformed")
    try:
        return _claims(_verified(issuer, token))
    except jwt.InvalidTokenError as error:
        raise Refused(REASONS.get(type(error), "malformed"), str(error)) from error
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Refused("malformed", type(error).__name__) from error


@sensitive_variables()
def _verified(issuer: Issuer, token: str) -> dict:
    header = jwt.get_unverified_header(token)
    # Only algorithms for the issuer's kind of key: not "none", nor one that uses a public key as a
    # secret.
    algorithm = header.get("alg")
    if algorithm not in issuer.allowed_algorithms:
        raise Refused("algorithm", f"{str(algorithm)[:20]!r}")
    key = issuer.secret or find_key(issuer, header.get("kid"), algorithm)
    return jwt.decode(
        token,
        key,
        algorithms=[algorithm],
        audience=issuer.audience,
        issuer=issuer.issuer,
        options={
            "require": ["iss", "aud", "iat", "exp", "jti", "email"],
            # Times are checked below, with one clock and one skew.
            "verify_exp": False,
            "verify_iat": False,
            "verify_nbf": False,
            # Claims that aren't used may be invalid.
            "verify_sub": False,
            "verify_jti": False,
        },
    )


@sensitive_variables()
def _claims(claims: dict) -> Claims:
    now = time.time()
    issued, expires = _timestamp(claims, "iat"), _timestamp(claims, "exp")
    begins = _timestamp(claims, "nbf") if "nbf" in claims else issued
    if max(issued, begins) > now + SKEW:
        raise Refused("not_yet", f"by {int(max(issued, begins) - now)} s")
    if expires <= now - SKEW:
        raise Refused("expired", f"by {int(now - expires)} s")
    if not 0 <= expires - issued <= MAX_LIFETIME:
        raise Refused("lifetime", f"{int(expires - issued)} s")
    if claims.get("email_verified", True) is not True:
        raise Refused("unverified")
    try:
        email = normalize_email(_text(claims, "email"))
    except Invalid as error:
        raise Refused("claims", "'email' is not an email address") from error
    return Claims(
        email=email,
        token_id=_text(claims, "jti"),
        # Later than any time at which the token is accepted.
        expires_at=datetime.fromtimestamp(expires + 2 * SKEW, UTC),
        name=_text(claims, "name", required=False),
        organization=_text(claims, "organization", required=False),
    )


def _timestamp(claims: dict, name: str) -> float:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e11:
        raise Refused("claims", f"'{name}' is not a timestamp")
    return float(value)


def _text(claims: dict, name: str, *, required: bool = True) -> str:
    value = claims.get(name)
    if value in (None, "") and not required:
        return ""
    if name == "organization" and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_CLAIM_LENGTH:
        raise Refused("claims", f"'{name}' is missing or not a text")
    if name == "name":
        return clean_line(value)
    # Not cleaned, or one text would stand for another.
    if not is_storable(value):
        raise Refused("claims", f"'{name}' contains an invalid character")
    return value
