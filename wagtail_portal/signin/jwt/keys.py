"""Public keys of issuers, kept in the shared cache, and asked for anew when one is unknown."""

import hashlib
import time

import jwt
from django.core.cache import cache

from wagtail_portal.signin.refusals import Refused

from .fetch import FetchError, fetch_json
from .issuers import PUBLIC_KEY_ALGORITHMS, Issuer

#: Seconds after which a key set is asked for anew; so quickly a withdrawn key is gone.
FRESH = 3600
#: Seconds for which an old key set will do while its server is down.
STALE = 24 * 3600
#: Seconds between two requests for one key set, however many unknown keys are named.
PAUSE = 60

CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
MIN_RSA_BITS = 2048


def find_key(issuer: Issuer, key_id, algorithm: str):
    """The issuer's public key with this id, for this algorithm.

    :raises Refused: ``key`` for an unknown or unfit one, ``keys`` when there are none to be had.
    """
    name = "wagtail_portal:jwks:" + hashlib.sha256(issuer.jwks_url.encode()).hexdigest()
    kept = cache.get(name)
    problem = ""
    fresh = kept is not None and time.time() - kept["at"] < FRESH
    found = _pick(kept["keys"], key_id, algorithm) if kept else None
    if (found is None or not fresh) and cache.add(f"{name}:asked", True, PAUSE):
        try:
            keys = fetch_json(issuer.jwks_url, private=issuer.private_network).get("keys")
            kept = {"keys": keys if isinstance(keys, list) else [], "at": time.time()}
            cache.set(name, kept, STALE)
            found = _pick(kept["keys"], key_id, algorithm)
        except FetchError as error:
            problem = str(error)
    if kept is None:
        raise Refused("keys", problem or "The key set could not be had a moment ago.")
    if found is None:
        raise Refused("key", f"kid {str(key_id)[:80]!r} {problem}".strip())
    return _load(found, algorithm)


def _pick(keys: list, key_id, algorithm: str) -> dict | None:
    fitting = [key for key in keys if isinstance(key, dict) and _fits(key, algorithm)]
    if key_id is None:
        # Without a name, there has to be no doubt.
        return fitting[0] if len(fitting) == 1 else None
    return next((key for key in fitting if key.get("kid") == key_id), None)


def _fits(key: dict, algorithm: str) -> bool:
    return (
        algorithm in PUBLIC_KEY_ALGORITHMS.get(str(key.get("kty")), ())
        and key.get("use") in (None, "sig")
        and key.get("alg") in (None, algorithm)
        and (algorithm not in CURVES or key.get("crv") == CURVES[algorithm])
    )


def _load(data: dict, algorithm: str):
    try:
        key = jwt.PyJWK(data, algorithm=algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
        raise Refused("key", f"{type(error).__name__}: {error}") from error
    if data["kty"] == "RSA" and key.key_size < MIN_RSA_BITS:
        raise Refused("key", "The RSA key is too short.")
    return key
