"""An issuer's public keys: fetching, caching, rotation, and addresses that mustn't be fetched."""

import json
import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from joserfc import jwk

from tests.signin.tokens import EC, ISSUER, RSA, claims, forge, send_token, sign, user_of
from wagtail_portal.signin.jwt import fetch
from wagtail_portal.signin.jwt.fetch import FetchError, fetch_json

SIGNERS = [
    *(pytest.param(alg, RSA, id=alg) for alg in ("RS256", "RS384", "RS512")),
    *(pytest.param(alg, RSA, id=alg) for alg in ("PS256", "PS384", "PS512")),
    *(pytest.param(alg, key, id=alg) for alg, key in EC.items()),
]


class KeyServer:
    """A server on loopback that serves a key set and counts the requests."""

    def __init__(self):
        self.keys, self.asked, self.answer = [], 0, None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked += 1
                status, headers, body = outer.answer or (200, {}, outer.body())
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/keys.json?v=1"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def body(self) -> bytes:
        return json.dumps({"keys": [key_data(key) for key in self.keys]}).encode()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def key_data(key) -> dict:
    return key if isinstance(key, dict) else key.as_dict(private=False)


@pytest.fixture
def key_server():
    running = KeyServer()
    yield running
    running.close()


@pytest.fixture
def issuer(settings, key_server):
    """An issuer that uses the key server; ``issuer(**changes)`` changes its settings."""

    def configure(**changes):
        entry = {**ISSUER, "secret": "", "jwks_url": key_server.url, "private_network": True}
        settings.WAGTAIL_PORTAL = {"JWT_ISSUERS": [{**entry, **changes}]}

    configure()
    return configure


def sign_in(client, email, alg, key, **header):
    if "kid" not in header:
        header["kid"] = key.kid
    header = {name: value for name, value in header.items() if value is not None}
    return send_token(client, sign(claims(email), alg=alg, key=key, **header))


def later(monkeypatch, seconds):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + seconds)


@pytest.mark.parametrize(("alg", "key"), SIGNERS)
def test_every_algorithm_with_public_keys(client, home, dana, key_server, issuer, alg, key):
    key_server.keys = [RSA, *EC.values()]
    sign_in(client, dana.email, alg, key)
    assert user_of(client)


def test_keys_are_cached(client, home, dana, key_server, issuer):
    key_server.keys = [RSA]
    for _time in range(3):
        assert sign_in(client, dana.email, "RS256", RSA).status_code == 302
    assert key_server.asked == 1


def test_key_rotation(client, home, dana, key_server, issuer, monkeypatch):
    key_server.keys = [RSA]
    sign_in(client, dana.email, "RS256", RSA)
    new = jwk.RSAKey.generate_key(2048, {"kid": "rsa-2"})
    key_server.keys = [new]
    later(monkeypatch, 61)
    _forget_pause()
    assert sign_in(client, dana.email, "RS256", new).status_code == 302
    assert sign_in(client, dana.email, "RS256", RSA).status_code == 403


def test_key_that_changed_without_a_new_kid_is_fetched(client, home, dana, key_server, issuer):
    key_server.keys = [RSA]
    sign_in(client, dana.email, "RS256", RSA)
    new = jwk.RSAKey.generate_key(2048, {"kid": RSA.kid})
    key_server.keys = [new]
    assert sign_in(client, dana.email, "RS256", new).status_code == 302
    assert key_server.asked == 2
    assert sign_in(client, dana.email, "RS256", RSA).status_code == 403


def test_key_without_kid_that_changed_is_fetched(client, home, dana, key_server, issuer):
    key_server.keys = [{**key_data(RSA), "kid": None}]
    sign_in(client, dana.email, "RS256", RSA, kid=None)
    new = jwk.RSAKey.generate_key(2048)
    key_server.keys = [new]
    assert sign_in(client, dana.email, "RS256", new, kid=None).status_code == 302


def test_wrong_signatures_do_not_flood_the_key_server(
    client, home, dana, key_server, issuer, caplog
):
    key_server.keys = [RSA]
    forged = jwk.RSAKey.generate_key(2048, {"kid": RSA.kid})
    for _number in range(10):
        assert sign_in(client, dana.email, "RS256", forged).status_code == 403
    assert key_server.asked == 2
    assert "refused: signature" in caplog.text
    # The server may be down as well.
    key_server.answer = (503, {}, b"")
    assert sign_in(client, dana.email, "RS256", RSA).status_code == 302


def test_two_keys_with_the_same_kid(client, home, dana, key_server, issuer):
    new = jwk.RSAKey.generate_key(2048, {"kid": RSA.kid})
    key_server.keys = [RSA, new]
    for key in (RSA, new):
        assert sign_in(client, dana.email, "RS256", key).status_code == 302
    assert key_server.asked == 1


def test_withdrawn_key_is_refused_within_an_hour(
    client, home, dana, key_server, issuer, monkeypatch
):
    key_server.keys = [RSA, EC["ES256"]]
    sign_in(client, dana.email, "RS256", RSA)
    key_server.keys = [EC["ES256"]]
    later(monkeypatch, 3601)
    _forget_pause()
    assert sign_in(client, dana.email, "RS256", RSA).status_code == 403


def _forget_pause():
    """The cache uses its own clock."""
    from django.core.cache import cache

    for key in list(cache._cache):
        if key.endswith((":asked", ":changed")):
            del cache._cache[key]


def test_unknown_key_ids_do_not_flood_the_server(client, home, dana, key_server, issuer):
    key_server.keys = [RSA]
    for number in range(10):
        assert sign_in(client, dana.email, "RS256", RSA, kid=f"made-up-{number}").status_code == 403
    assert key_server.asked == 1
    assert sign_in(client, dana.email, "RS256", RSA).status_code == 302


def test_known_keys_still_work_while_the_server_is_down(
    client, home, dana, key_server, issuer, monkeypatch
):
    key_server.keys = [RSA]
    sign_in(client, dana.email, "RS256", RSA)
    key_server.answer = (503, {}, b"")
    later(monkeypatch, 3601)
    _forget_pause()
    assert sign_in(client, dana.email, "RS256", RSA).status_code == 302
    assert key_server.asked == 2


@pytest.mark.parametrize(
    "answer",
    [
        (404, {}, b""),
        (302, {"Location": "http://169.254.169.254/"}, b""),
        (200, {}, b"<html>"),
        (200, {}, b"[]"),
        (200, {}, b'{"keys": 7}'),
        (200, {}, b'{"keys": [7, {}, {"kty": "RSA"}, {"kty": "EC", "crv": "P-256"}]}'),
        (200, {}, b'{"keys": "' + b"x" * 300_000 + b'"}'),
        (200, {}, b"[" * 200_000),
    ],
)
def test_invalid_responses_of_the_server_sign_nobody_in(
    client, home, dana, key_server, issuer, answer
):
    key_server.answer = answer
    response = sign_in(client, dana.email, "RS256", RSA)
    assert response.status_code == 403
    assert "not your fault" in response.content.decode()


def test_key_set_cannot_contain_a_shared_secret(client, home, dana, key_server, issuer):
    secret = jwk.OctKey.import_key("x" * 64, {"kid": "oct"})
    key_server.keys = [secret.as_dict(private=True)]
    assert sign_in(client, dana.email, "HS256", secret).status_code == 403


def test_public_key_cannot_be_used_as_a_secret(client, home, dana, key_server, issuer):
    key_server.keys = [RSA]
    for secret in (RSA.as_pem(private=False), RSA.as_der(private=False)):
        sent = forge(claims(dana.email), secret, kid="rsa-1")
        assert send_token(client, sent).status_code == 403


@pytest.mark.parametrize(
    "changes",
    [{"use": "enc"}, {"alg": "RS512"}, {"kty": "oct"}, {"n": "AQAB"}, {"n": 7}, {"kid": "other"}],
)
def test_key_for_another_purpose_is_refused(client, home, dana, key_server, issuer, changes):
    key_server.keys = [{**key_data(RSA), **changes}]
    assert sign_in(client, dana.email, "RS256", RSA).status_code == 403


def test_short_rsa_key_is_refused(client, home, dana, key_server, issuer):
    with pytest.warns(match="2048"):
        weak = jwk.RSAKey.generate_key(1024, {"kid": "weak"})
    key_server.keys = [weak]
    assert sign_in(client, dana.email, "RS256", weak).status_code == 403


def test_missing_key_id_is_accepted_if_only_one_key_fits(client, home, dana, key_server, issuer):
    key_server.keys = [RSA, EC["ES256"]]
    assert sign_in(client, dana.email, "RS256", RSA, kid=None).status_code == 302


def test_missing_key_id_is_refused_if_several_keys_fit(client, home, dana, key_server, issuer):
    key_server.keys = [RSA, jwk.RSAKey.generate_key(2048, {"kid": "rsa-2"})]
    assert sign_in(client, dana.email, "RS256", RSA, kid=None).status_code == 403


# Where keys are fetched from


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "0", "100.64.0.1", "[::1]"),
        *("[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]", "[2002:7f00:1::]", "localhost"),
        *("224.0.0.1", "[ff02::1]", "[::]"),
        # IPv4 addresses inside of IPv6 addresses: NAT64, compatible, mapped, 6to4.
        *("[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::a00:1]", "[::127.0.0.1]"),
        *("[::10.0.0.1]", "[::ffff:0:10.0.0.1]", "[2002:a00:1::1]", "[2002:a9fe:a9fe::]"),
        # Teredo, site-local, and what isn't given to anybody.
        *("[2001:0:7f00:1::1]", "[fec0::1]", "[feff::1]", "[4000::1]", "[200::1]", "[100::1]"),
    ],
)
def test_private_networks_are_refused(host):
    with pytest.raises(FetchError, match="private network"):
        fetch_json(f"https://{host}/keys.json")


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822", "2002:5db8:d822::1"],
)
def test_public_addresses_are_asked(address):
    assert fetch._is_public(address)


def test_name_that_resolves_to_a_private_network_is_refused(monkeypatch):
    rows = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))
        for address in ("93.184.216.34", "10.0.0.5")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: rows)
    with pytest.raises(FetchError, match="10.0.0.5, in a private network"):
        fetch_json("https://keys.example/")


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n{", b" "),
        (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (b"", b""),
    ],
    ids=["body", "header", "headers", "continue", "chunks", "nothing"],
)
def test_response_that_never_ends_times_out(monkeypatch, first, then):
    """A few bytes now and then: each arrives in time, the whole does not."""
    over = threading.Event()

    def drip():
        connection, _address = listener.accept()
        with connection, suppress(OSError):
            connection.recv(4096)
            connection.sendall(first)
            while not over.wait(0.02):
                connection.sendall(then)

    monkeypatch.setattr(fetch, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=drip, daemon=True)
        server.start()
        with pytest.raises(FetchError, match="too slow"):
            fetch_json(f"http://127.0.0.1:{listener.getsockname()[1]}/", private=True)
        over.set()
        server.join(5)


@pytest.mark.parametrize("url", ["https:///keys", "https://[::1", "https://keys.example:x/"])
def test_invalid_url_is_refused(url):
    with pytest.raises(FetchError):
        fetch_json(url)
