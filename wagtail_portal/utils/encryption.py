"""Short secrets that have to wait in the database: sealed with the site's ``SECRET_KEY``.

Whoever reads the table, or a backup of it, reads none of them. A key stream from HMAC-SHA256 over a
random nonce hides the text, and a second HMAC over both refuses what was changed: encrypt, then
authenticate, with keys of their own. ``SECRET_KEY_FALLBACKS`` open what an older key has sealed.
"""

import base64
import hmac
import json
import secrets
from itertools import count

from django.conf import settings
from django.utils.crypto import salted_hmac

_NONCE, _TAG = 16, 32


def seal(value) -> str:
    """A JSON value as text that only :func:`unseal` can read."""
    plain = json.dumps(value).encode()
    nonce = secrets.token_bytes(_NONCE)
    hidden = nonce + _xor(plain, nonce, settings.SECRET_KEY)
    return base64.urlsafe_b64encode(hidden + _tag(hidden, settings.SECRET_KEY)).decode()


def unseal(sealed: str):
    """What was sealed.

    :raises ValueError: for what no key of the site has sealed.
    """
    raw = base64.urlsafe_b64decode(sealed)
    hidden, tag = raw[:-_TAG], raw[-_TAG:]
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if hmac.compare_digest(tag, _tag(hidden, key)):
            nonce = hidden[:_NONCE]
            return json.loads(_xor(hidden[_NONCE:], nonce, key))
    raise ValueError("No key of this site has sealed this.")


def _tag(hidden: bytes, secret) -> bytes:
    return _hmac("tag", hidden, secret)


def _xor(text: bytes, nonce: bytes, secret) -> bytes:
    stream = b""
    for number in count():
        if len(stream) >= len(text):
            break
        stream += _hmac("stream", nonce + number.to_bytes(8, "big"), secret)
    return bytes(one ^ other for one, other in zip(text, stream, strict=False))


def _hmac(purpose: str, text: bytes, secret) -> bytes:
    return salted_hmac(
        f"wagtail_portal.utils.encryption.{purpose}", text, secret=secret, algorithm="sha256"
    ).digest()
