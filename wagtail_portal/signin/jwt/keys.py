"""Issuers' public keys, cached in the site's cache."""

import hashlib
import time
from contextlib import suppress

from django.core.cache import cache
from jwt import PyJWK, PyJWKClient, PyJWKClientError, PyJWTError

from wagtail_portal.signin.refusals import Refused

from .fetch import FetchError, fetch_json
from .issuers import PUBLIC_KEY_ALGORITHMS, Issuer

#: Seconds after which a key set is downloaded again.
FRESH = 3600
#: Seconds for which an older key set is used if its server is down.
STALE = 24 * 3600
#: Minimum seconds between two downloads of a key set, however many unknown keys tokens name.
PAUSE = 60

CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
MIN_RSA_BITS = 2048


class KeySetClient(PyJWKClient):
    """Find an issuer's key for one algorithm.

    PyJWT's client caches a key set per process and doesn't limit downloads. This one uses the
    shared cache and :func:`~.fetch.fetch_json`.
    """

    def __init__(self, issuer: Issuer, algorithm: str):
        super().__init__(issuer.jwks_url, cache_jwk_set=False)
        self.private, self.algorithm, self.problem = issuer.private_network, algorithm, ""

    def fetch_data(self) -> dict:
        """Download the key set.

        :raises FetchError: if that fails.
        """
        keys = fetch_json(self.uri, private=self.private).get("keys")
        return {"keys": keys if isinstance(keys, list) else [], "at": time.time()}

    def get_signing_keys(self, refresh: bool = False) -> list[PyJWK]:
        """Return the keys for the algorithm.

        :param refresh: whether to download the key set, unless that was done a moment ago.
        :raises Refused: ``keys`` if there is no key set.
        """
        name = "wagtail_portal:jwks:" + hashlib.sha256(self.uri.encode()).hexdigest()
        key_set = cache.get(name)
        current = not refresh and key_set is not None and time.time() - key_set["at"] < FRESH
        if not current and cache.add(f"{name}:asked", True, PAUSE):
            try:
                key_set = self.fetch_data()
                cache.set(name, key_set, STALE)
            except FetchError as error:
                self.problem = str(error)
        if key_set is None:
            raise Refused("keys", self.problem or "The last download of the key set failed.")
        found = []
        for data in key_set["keys"]:
            # An invalid key must not make the others unusable.
            with suppress(PyJWTError, ValueError, TypeError, KeyError):
                if isinstance(data, dict) and self._fits(data):
                    found.append(PyJWK(data, algorithm=self.algorithm))
        return found

    @staticmethod
    def match_kid(signing_keys: list[PyJWK], kid: str | None) -> PyJWK | None:
        """Return the key with this ID, or the only key for a token that names none."""
        if kid is None:
            return signing_keys[0] if len(signing_keys) == 1 else None
        return PyJWKClient.match_kid(signing_keys, kid)

    def _fits(self, data: dict) -> bool:
        return (
            self.algorithm in PUBLIC_KEY_ALGORITHMS.get(str(data.get("kty")), ())
            and data.get("use") in (None, "sig")
            and data.get("alg") in (None, self.algorithm)
            and data.get("crv") == CURVES.get(self.algorithm)
        )


def find_key(issuer: Issuer, key_id: str | None, algorithm: str):
    """Return the issuer's public key with this ID, for this algorithm.

    :raises Refused: ``key`` if it's unknown or unsuitable, ``keys`` if there is no key set.
    """
    client = KeySetClient(issuer, algorithm)
    try:
        found = client.get_signing_key(key_id)
    except PyJWKClientError as error:
        raise Refused("key", f"kid {str(key_id)[:80]!r} {client.problem}".strip()) from error
    if found.key_type == "RSA" and found.key.key_size < MIN_RSA_BITS:
        raise Refused("key", "The RSA key is too short.")
    return found.key
