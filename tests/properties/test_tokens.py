"""Whatever is done to a token of somebody else's, it opens nothing."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signin.tokens import EC, ISSUER, RSA, claims, forge, part, sign
from wagtail_portal.signin.jwt.issuers import Issuer
from wagtail_portal.signin.jwt.tokens import read_token
from wagtail_portal.signin.refusals import Refused

SHARED = Issuer(**ISSUER)
EMAIL = "dana@acme.example"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n"


def genuine() -> str:
    """A token of this moment, always of the same length."""
    return sign(claims(EMAIL, jti="9e3c1f40-7c58-4c1e-9a55-0d6f5d1b2a77"))


LENGTH = len(genuine())


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def same(token: str, other: str) -> bool:
    """Whether a token is the genuine one in another spelling: the last letter of a part can have
    bits that stand for nothing."""
    try:
        return [decoded(part) for part in token.split(".")] == [
            decoded(part) for part in other.split(".")
        ]
    except ValueError:
        return False


def test_genuine_token_is_read():
    assert read_token(SHARED, genuine()).email == EMAIL


@given(st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_other_letter(position, letter):
    token = genuine()
    changed = token[:position] + letter + token[position + 1 :]
    if same(changed, token):
        return
    with pytest.raises(Refused):
        read_token(SHARED, changed)


@given(st.integers(0, LENGTH), st.integers(0, LENGTH), st.text(ALPHABET, max_size=20))
def test_piece_replaced(start, end, text):
    token = genuine()
    changed = token[: min(start, end)] + text + token[max(start, end) :]
    if same(changed, token):
        return
    with pytest.raises(Refused):
        read_token(SHARED, changed)


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(ALPHABET, max_size=20)
JSON = PLAIN | st.lists(PLAIN, max_size=2) | st.dictionaries(st.just("x"), PLAIN)


@given(st.dictionaries(st.sampled_from(["email", "exp", "iat", "jti", "aud", "iss"]), JSON))
def test_other_claims_under_the_same_signature(changes):
    said = claims(EMAIL)
    head, _body, signature = sign(said).split(".")
    if {**said, **changes} == said:
        return
    with pytest.raises(Refused):
        read_token(SHARED, f"{head}.{part({**said, **changes})}.{signature}")


@given(JSON, st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jku"]), JSON))
def test_other_header_under_the_same_signature(header, changes):
    _head, body, signature = genuine().split(".")
    for value in (header, changes, {"alg": "HS256", **changes}, {**changes, "alg": "none"}):
        if value == {"alg": "HS256"}:
            continue
        with pytest.raises(Refused):
            read_token(SHARED, f"{part(value)}.{body}.{signature}")


@settings(max_examples=40)
@given(st.sampled_from(["RS256", "PS384", "ES256", "ES384", "ES512"]))
def test_key_of_somebody_else(alg):
    key = EC.get(alg, RSA)
    with pytest.raises(Refused):
        read_token(SHARED, sign(claims(EMAIL), alg=alg, key=key))


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_noise(text):
    with pytest.raises(Refused):
        read_token(SHARED, text)


@given(
    st.dictionaries(
        st.sampled_from(
            sorted([*claims(EMAIL), "nbf", "name", "organization", "email_verified", "sub"])
        ),
        JSON,
    )
)
def test_genuine_issuer_may_say_anything_without_an_error(changes):
    """Whatever it says is taken or refused; there is no third way."""
    try:
        read = read_token(SHARED, forge({**claims(EMAIL), **changes}))
    except Refused:
        return
    assert read.email == read.email.lower()
    assert read.token_id
