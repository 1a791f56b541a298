"""Read a token: whether an issuer has just signed it for this portal, and for whom."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import jwt

from wagtail_portal.actions.people.provision_user import normalize_email
from wagtail_portal.exceptions import Invalid
from wagtail_portal.signin.refusals import Refused

from .issuers import Issuer
from .keys import find_key

#: Seconds by which clocks may differ.
SKEW = 60
#: The longest lifetime of a token in seconds: it travels through a browser.
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
    """The claims of a token whose signature was verified."""

    email: str
    token_id: str
    expires_at: datetime
    name: str = ""
    #: The external id of an organization.
    organization: str = ""


def read_token(issuer: Issuer, token: str) -> Claims:
    """Return the claims of ``token``.

    :raises Refused: with the reason.
    """
    if not token or len(token) > MAX_LENGTH:
        raise Refused("malformed")
    try:
        claims = _verified(issuer, token)
        return _claims(claims)
    except jwt.InvalidTokenError as error:
        raise Refused(REASONS.get(type(error), "malformed"), str(error)) from error
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Refused("malformed", type(error).__name__) from error


def _verified(issuer: Issuer, token: str) -> dict:
    header = jwt.get_unverified_header(token)
    # The token chooses among the algorithms that the settings allow for this kind of key: neither
    # "none", nor one that takes a public key for a secret.
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
            # Of the other claims, only those that we use have to be valid.
            "verify_sub": False,
            "verify_jti": False,
        },
    )


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
        raise Refused("claims", "'email' is no address") from error
    return Claims(
        email=email,
        token_id=_text(claims, "jti"),
        # Later than the last moment at which the token is accepted.
        expires_at=datetime.fromtimestamp(expires + 2 * SKEW, UTC),
        name=_text(claims, "name", needed=False),
        organization=_text(claims, "organization", needed=False),
    )


def _timestamp(claims: dict, name: str) -> float:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e11:
        raise Refused("claims", f"'{name}' is no time")
    return float(value)


def _text(claims: dict, name: str, *, needed: bool = True) -> str:
    value = claims.get(name)
    if value in (None, "") and not needed:
        return ""
    if name == "organization" and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_CLAIM_LENGTH:
        raise Refused("claims", f"'{name}' is missing or no text")
    return value
