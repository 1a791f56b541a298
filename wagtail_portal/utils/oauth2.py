"""Access tokens for mailboxes of Google and Microsoft (RFC 6749)."""

import hashlib
import time

import requests
from django.views.decorators.debug import sensitive_variables

#: Where tokens are issued, and what they're asked for. Google's refresh tokens know it already.
PROVIDERS = {
    "google": ("https://oauth2.googleapis.com/token", ""),
    "microsoft": (
        "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        "https://outlook.office365.com/.default",
    ),
}
TIMEOUT = 15
#: Seconds before its end in which a token isn't used any longer.
MARGIN = 120

_tokens: dict[str, tuple[str, float]] = {}


class TokenRefused(OSError):
    """The provider issued no access token."""

    is_safe_to_log = True


@sensitive_variables()
def access_token(mailbox) -> str:
    """Return an access token for a mailbox, and keep it as long as it's valid.

    With a refresh token, it's for the user who has consented; without one, for the application.

    :param mailbox: a :class:`~wagtail_portal.utils.mailboxes.Mailbox`.
    :raises OSError: if the provider can't be reached or refuses.
    """
    secrets = (mailbox.client_id, mailbox.client_secret, mailbox.refresh_token)
    key = hashlib.sha256(repr((mailbox.token, mailbox.user, *secrets)).encode()).hexdigest()
    token, until = _tokens.get(key, ("", 0.0))
    if time.monotonic() < until:
        return token
    token, seconds = _request(mailbox)
    _tokens[key] = token, time.monotonic() + max(seconds - MARGIN, 0)
    return token


@sensitive_variables()
def _request(mailbox) -> tuple[str, float]:
    url, scope = PROVIDERS[mailbox.token]
    data = {"client_id": mailbox.client_id, "client_secret": mailbox.client_secret}
    if mailbox.refresh_token:
        data |= {"grant_type": "refresh_token", "refresh_token": mailbox.refresh_token}
    else:
        data |= {"grant_type": "client_credentials", "scope": scope}
    url = mailbox.token_url or url.format(tenant=mailbox.tenant or "common")
    response = requests.post(url, data=data, timeout=TIMEOUT, allow_redirects=False)
    try:
        answer = response.json()
        return str(answer["access_token"]), float(answer.get("expires_in", 0))
    except (ValueError, KeyError, TypeError):
        raise TokenRefused(f"No access token: {_reason(response)}.") from None


def _reason(response) -> str:
    """Return the error code, which contains no secret, unlike the description."""
    try:
        code = str(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        code = ""
    return code if code.replace("_", "").isalnum() and len(code) < 60 else f"{response.status_code}"
