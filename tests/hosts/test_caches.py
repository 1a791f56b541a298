"""Sites whose processes share no cache: Django's default, and a cache that stores nothing."""

import pytest
from django.core.cache import cache
from django.test import Client

from tests.signin.test_jwt_keys import RSA, issuer, key_server, sign_in

__all__ = ["issuer", "key_server"]


@pytest.fixture(params=["locmem.LocMemCache", "dummy.DummyCache"])
def unshared(request, settings):
    backend = f"django.core.cache.backends.{request.param}"
    settings.CACHES = {"default": {"BACKEND": backend}}


def test_everyone_signs_in_with_a_public_key(unshared, home, dana, key_server, issuer):
    key_server.keys = [RSA]
    for _process in range(5):
        # Another process doesn't know what's in the first one's cache.
        cache.clear()
        assert sign_in(Client(), dana.email, "RS256", RSA).status_code == 302


def test_key_server_is_not_flooded(unshared, home, dana, key_server, issuer):
    key_server.keys = []
    for number in range(40):
        cache.clear()
        assert (
            sign_in(Client(), dana.email, "RS256", RSA, kid=f"made-up-{number}").status_code == 403
        )
    assert key_server.asked <= 30
