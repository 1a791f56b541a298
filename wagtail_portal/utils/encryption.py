"""Encrypt short secrets in the database, such as the code in an unsent email.

They can't be read from the table or a backup without the site's ``SECRET_KEY``.
"""

import base64
import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

#: Makes these keys different from others derived from ``SECRET_KEY`` (RFC 5869, section 3.2).
INFO = b"wagtail_portal.utils.encryption"


def encrypt(value) -> str:
    """Return a JSON value as text that only :func:`decrypt` can read."""
    return _fernet().encrypt(json.dumps(value).encode()).decode()


def decrypt(text: str):
    """Return the value that was encrypted under ``SECRET_KEY`` or one of ``SECRET_KEY_FALLBACKS``.

    :raises ValueError: if none of the site's keys matches, or the text was changed.
    """
    try:
        return json.loads(_fernet().decrypt(text))
    except InvalidToken as error:
        raise ValueError("No key of this site can decrypt this text.") from error


def _fernet() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_derive(key)) for key in keys])


def _derive(secret: str | bytes) -> bytes:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=INFO).derive(force_bytes(secret))
    return base64.urlsafe_b64encode(key)
