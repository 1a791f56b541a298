"""Verify tokens and read their claims."""

import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import jwt
from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables

from wagtail_portal.signin.limits import Identity
from wagtail_portal.signin.refusals import Refused
from wagtail_portal.utils.email_addresses import normalize_address
from wagtail_portal.utils.text import clean_line, is_storable

from .issuers import Issuer
from .keys import find_keys

#: Seconds by which clocks may differ.
SKEW = 60
#: The longest lifetime of a token in seconds. It's short because browsers see the token.
MAX_LIFETIME = 3600
MAX_LENGTH = 8192
MAX_CLAIM_LENGTH = 300

#: Claims that may be whole numbers, as many databases identify things.
NUMBERS = {"organization", "sub", "sid"}

REASONS = {
    jwt.InvalidSignatureError: "signature",
    jwt.InvalidAudienceError: "audience",
    jwt.InvalidIssuerError: "issuer",
    jwt.MissingRequiredClaimError: "claims",
}


#: The member of the claim ``events`` of a logout token, and the types in its header (OpenID Connect
#: Back-Channel Logout 1.0, §2.4).
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_TYPES = {"logout+jwt", "application/logout+jwt"}


@dataclass(frozen=True, kw_only=True)
class Claims(Identity):
    """The claims of a verified token."""

    token_id: str = field(repr=False)
    issued_at: datetime
    expires_at: datetime
    #: Whom the issuer signs in: the claim ``sub``, or the email address.
    subject: str = field(repr=False)
    #: The issuer's own session; "" if it names none.
    sid: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class LogoutClaims:
    """The claims of a verified logout token: a subject, one of the issuer's sessions, or both."""

    token_id: str = field(repr=False)
    issued_at: datetime
    expires_at: datetime
    subject: str = field(repr=False)
    sid: str = field(repr=False)


@sensitive_variables()
def read_token(issuer: Issuer, token: str) -> Claims:
    """Verify ``token`` and return its claims.

    :raises Refused: with the reason, if it's invalid.
    """
    return _read(issuer, token, _claims, ["email"])


@sensitive_variables()
def read_logout_token(issuer: Issuer, token: str) -> LogoutClaims:
    """Verify a logout token as OpenID Connect Back-Channel Logout 1.0, §2.6, describes, and return
    its claims. Whether it was used before is up to the caller.

    :raises Refused: with the reason, if it's invalid.
    """
    return _read(issuer, token, _logout_claims, ["events"])


@sensitive_variables()
def _read(issuer, token, parse, required):
    if not token or len(token) > MAX_LENGTH:
        raise Refused("malformed")
    try:
        return parse(*_verified(issuer, token, required))
    except jwt.InvalidTokenError as error:
        raise Refused(REASONS.get(type(error), "malformed"), str(error)) from error
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Refused("malformed", type(error).__name__) from error


@sensitive_variables()
def _verified(issuer: Issuer, token: str, required) -> tuple[dict, dict]:
    """Return the header and the claims of a token whose signature is right."""
    header = jwt.get_unverified_header(token)
    # Only algorithms for the issuer's kind of key: not "none", nor one that uses a public key as a
    # secret.
    algorithm = header.get("alg")
    if algorithm not in issuer.allowed_algorithms:
        raise Refused("algorithm", f"{str(algorithm)[:20]!r}")
    if issuer.secret:
        return header, _decode(issuer, token, issuer.secret, algorithm, required)
    key_id = header.get("kid")
    try:
        keys = find_keys(issuer, key_id, algorithm)
        return header, _decode_with(keys, issuer, token, algorithm, required)
    except jwt.InvalidSignatureError:
        # Perhaps the issuer has a new key under the same name.
        keys = find_keys(issuer, key_id, algorithm, changed=True)
        return header, _decode_with(keys, issuer, token, algorithm, required)


@sensitive_variables()
def _decode_with(keys, issuer, token, algorithm, required) -> dict:
    """Try each of the keys with the same name: an issuer may list a new one beside the old one."""
    for key in keys[:-1]:
        with suppress(jwt.InvalidSignatureError):
            return _decode(issuer, token, key, algorithm, required)
    return _decode(issuer, token, keys[-1], algorithm, required)


@sensitive_variables()
def _decode(issuer, token, key, algorithm, required) -> dict:
    return jwt.decode(
        token,
        key,
        algorithms=[algorithm],
        audience=issuer.audience,
        issuer=issuer.issuer,
        options={
            "require": ["iss", "aud", "iat", "exp", "jti", *required],
            # Times are checked below, with one clock and one skew.
            "verify_exp": False,
            "verify_iat": False,
            "verify_nbf": False,
            # Checked below.
            "verify_sub": False,
            "verify_jti": False,
        },
    )


@sensitive_variables()
def _claims(header: dict, claims: dict) -> Claims:
    issued, expires = _times(claims)
    if "events" in claims or _type(header) in LOGOUT_TYPES:
        raise Refused("claims", "This is a logout token.")
    if claims.get("email_verified", True) is not True:
        raise Refused("unverified")
    try:
        email = normalize_address(_text(claims, "email"))
    except ValidationError as error:
        raise Refused("claims", "'email' is not an email address") from error
    optional = ("name", "organization", "organization_name", "role", "sid")
    return Claims(
        email=email,
        token_id=_text(claims, "jti"),
        issued_at=issued,
        expires_at=expires,
        subject=_text(claims, "sub", required=False) or email,
        **{name: _text(claims, name, required=False) for name in optional},
    )


@sensitive_variables()
def _logout_claims(header: dict, claims: dict) -> LogoutClaims:
    issued, expires = _times(claims)
    events = claims["events"]
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise Refused("claims", "'events' is not that of a logout token")
    # So that no ID token can be taken for a logout token.
    if "nonce" in claims:
        raise Refused("claims", "'nonce' is not allowed")
    subject, sid = (_text(claims, name, required=False) for name in ("sub", "sid"))
    if not subject and not sid:
        raise Refused("claims", "'sub' and 'sid' are both missing")
    return LogoutClaims(
        token_id=_text(claims, "jti"),
        issued_at=issued,
        expires_at=expires,
        subject=subject,
        sid=sid,
    )


def _type(header: dict) -> str:
    return str(header.get("typ") or "").lower()


def _times(claims: dict) -> tuple[datetime, datetime]:
    """Return when a token was issued, and a time after the last one at which it's accepted.

    :raises Refused: if it isn't accepted now.
    """
    now = time.time()
    issued, expires = _timestamp(claims, "iat"), _timestamp(claims, "exp")
    begins = _timestamp(claims, "nbf") if "nbf" in claims else issued
    if max(issued, begins) > now + SKEW:
        raise Refused("not_yet", f"by {int(max(issued, begins) - now)} s")
    if expires <= now - SKEW:
        raise Refused("expired", f"by {int(now - expires)} s")
    if not 0 <= expires - issued <= MAX_LIFETIME:
        raise Refused("lifetime", f"{int(expires - issued)} s")
    return datetime.fromtimestamp(issued, UTC), datetime.fromtimestamp(expires + 2 * SKEW, UTC)


def _timestamp(claims: dict, name: str) -> float:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e11:
        raise Refused("claims", f"'{name}' is not a timestamp")
    return float(value)


def _text(claims: dict, name: str, *, required: bool = True) -> str:
    value = claims.get(name)
    if value in (None, "") and not required:
        return ""
    if name in NUMBERS and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_CLAIM_LENGTH:
        raise Refused("claims", f"'{name}' is missing or not a text")
    if name in ("name", "organization_name"):
        return clean_line(value)
    # Not cleaned, or one text would stand for another. Of `sub` and `sid`, only digests are stored.
    if name not in ("sub", "sid") and not is_storable(value):
        raise Refused("claims", f"'{name}' contains an invalid character")
    return value
