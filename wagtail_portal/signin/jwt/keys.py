"""Issuers' public keys, cached in the site's cache."""

import hashlib
import time
from contextlib import suppress

from jwt import PyJWK, PyJWTError

from wagtail_portal.actions.rate_limits import use
from wagtail_portal.exceptions import RateLimited
from wagtail_portal.signin.refusals import Refused
from wagtail_portal.utils.shared_cache import shared_cache

from .fetch import FetchError, fetch_json
from .issuers import PUBLIC_KEY_ALGORITHMS, Issuer

#: Seconds after which a key set is downloaded again.
FRESH = 3600
#: Seconds for which an older key set is used if its server is down.
STALE = 24 * 3600
#: Minimum seconds between two downloads of a key set because of unknown keys, or because of wrong
#: signatures, however many such tokens arrive.
PAUSE = 60
#: Maximum number of downloads in that time if the cache doesn't have the key set, because each
#: process has a cache of its own, there is none, or it's out of reach.
WITHOUT_CACHE = 30

CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
MIN_RSA_BITS = 2048


class KeySet:
    """An issuer's public keys for one algorithm, from the shared cache or its server."""

    def __init__(self, issuer: Issuer, algorithm: str):
        self.url, self.private = issuer.jwks_url, issuer.private_network
        self.algorithm, self.problem = algorithm, ""

    def fetch(self) -> dict:
        """Download the key set.

        :raises FetchError: if that fails.
        """
        keys = fetch_json(self.url, private=self.private).get("keys")
        return {"keys": keys if isinstance(keys, list) else [], "at": time.time()}

    def get_keys(self, refresh: str = "") -> list[PyJWK]:
        """Return the keys for the algorithm.

        :param refresh: why to download the key set again, ``"unknown"`` or ``"changed"``, unless
            that was done for the same reason a moment ago.
        :raises Refused: ``keys`` if there is no key set.
        """
        name = "wagtail_portal:jwks:" + hashlib.sha256(self.url.encode()).hexdigest()
        key_set = shared_cache.get(name)
        current = not refresh and key_set is not None and time.time() - key_set["at"] < FRESH
        allowed = WITHOUT_CACHE if key_set is None else 1
        if not current and self._may_fetch(refresh, allowed):
            try:
                key_set = self.fetch()
                shared_cache.set(name, key_set, STALE)
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

    def _may_fetch(self, refresh: str, allowed: int) -> bool:
        # Someone who sends tokens with wrong signatures doesn't keep new keys from being found.
        reason = "changed" if refresh == "changed" else "asked"
        try:
            use(f"key set {reason}", self.url, allowed=allowed, period=PAUSE)
        except RateLimited:
            return False
        return True

    def _fits(self, data: dict) -> bool:
        return (
            self.algorithm in PUBLIC_KEY_ALGORITHMS.get(str(data.get("kty")), ())
            and data.get("use") in (None, "sig")
            and data.get("alg") in (None, self.algorithm)
            and data.get("crv") == CURVES.get(self.algorithm)
        )


def find_keys(issuer: Issuer, key_id: str | None, algorithm: str, *, changed: bool = False) -> list:
    """Return the issuer's public keys with this ID, for this algorithm: usually one. A token that
    names no key is only accepted if there's no doubt which one it means.

    :param changed: whether the keys known so far are wrong, so that the key set has to be
        downloaded again, unless that was done for the same reason a moment ago.
    :raises Refused: ``key`` if it's unknown or unsuitable, ``keys`` if there is no key set.
    """
    key_set = KeySet(issuer, algorithm)
    found = _matching(key_set.get_keys("changed" if changed else ""), key_id)
    if not found and not changed:
        found = _matching(key_set.get_keys("unknown"), key_id)
    if not found:
        raise Refused("key", f"kid {str(key_id)[:80]!r} {key_set.problem}".strip())
    if any(key.key_type == "RSA" and key.key.key_size < MIN_RSA_BITS for key in found):
        raise Refused("key", "The RSA key is too short.")
    return [key.key for key in found]


def _matching(keys: list[PyJWK], key_id: str | None) -> list[PyJWK]:
    if key_id is None:
        return keys if len(keys) == 1 else []
    return [key for key in keys if key.key_id == key_id]
