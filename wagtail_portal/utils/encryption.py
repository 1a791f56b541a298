"""Encrypt short secrets in the database, such as the code in an unsent email.

They can't be read from the table or a backup without the site's ``SECRET_KEY``.
"""

import base64
import json
from importlib import import_module

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
    except import_module("cryptography.fernet").InvalidToken as error:
        raise ValueError("No key of this site can decrypt this text.") from error


def _fernet():
    # It takes more memory than any part of the portal, and many processes encrypt nothing.
    fernet = import_module("cryptography.fernet")
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return fernet.MultiFernet([fernet.Fernet(_derive(key)) for key in keys])


def _derive(secret: str | bytes) -> bytes:
    hashes = import_module("cryptography.hazmat.primitives.hashes")
    hkdf = import_module("cryptography.hazmat.primitives.kdf.hkdf")
    derive = hkdf.HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=INFO).derive
    return base64.urlsafe_b64encode(derive(force_bytes(secret)))
