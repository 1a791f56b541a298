"""A JWT that was changed in any way is refused."""

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
    """Return a current token, always of the same length."""
    return sign(claims(EMAIL, jti="9e3c1f40-7c58-4c1e-9a55-0d6f5d1b2a77"))


LENGTH = len(genuine())


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def same_content(token: str, other: str) -> bool:
    """Return whether both tokens have the same content.

    The last character of a part can contain unused bits, so there are several spellings.
    """
    try:
        return [decoded(part) for part in token.split(".")] == [
            decoded(part) for part in other.split(".")
        ]
    except ValueError:
        return False


def test_genuine_token_is_accepted():
    assert read_token(SHARED, genuine()).email == EMAIL


@given(st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_token_with_one_changed_character_is_refused(position, letter):
    token = genuine()
    changed = token[:position] + letter + token[position + 1 :]
    if same_content(changed, token):
        return
    with pytest.raises(Refused):
        read_token(SHARED, changed)


@given(st.integers(0, LENGTH), st.integers(0, LENGTH), st.text(ALPHABET, max_size=20))
def test_token_with_a_replaced_part_is_refused(start, end, text):
    token = genuine()
    changed = token[: min(start, end)] + text + token[max(start, end) :]
    if same_content(changed, token):
        return
    with pytest.raises(Refused):
        read_token(SHARED, changed)


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(ALPHABET, max_size=20)
JSON = PLAIN | st.lists(PLAIN, max_size=2) | st.dictionaries(st.just("x"), PLAIN)


@given(st.dictionaries(st.sampled_from(["email", "exp", "iat", "jti", "aud", "iss"]), JSON))
def test_other_claims_with_the_same_signature_are_refused(changes):
    said = claims(EMAIL)
    head, _body, signature = sign(said).split(".")
    if {**said, **changes} == said:
        return
    with pytest.raises(Refused):
        read_token(SHARED, f"{head}.{part({**said, **changes})}.{signature}")


@given(JSON, st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jku"]), JSON))
def test_other_header_with_the_same_signature_is_refused(header, changes):
    _head, body, signature = genuine().split(".")
    for value in (header, changes, {"alg": "HS256", **changes}, {**changes, "alg": "none"}):
        if value == {"alg": "HS256"}:
            continue
        with pytest.raises(Refused):
            read_token(SHARED, f"{part(value)}.{body}.{signature}")


@settings(max_examples=40)
@given(st.sampled_from(["RS256", "PS384", "ES256", "ES384", "ES512"]))
def test_token_signed_with_another_key_is_refused(alg):
    key = EC.get(alg, RSA)
    with pytest.raises(Refused):
        read_token(SHARED, sign(claims(EMAIL), alg=alg, key=key))


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_random_text_is_refused(text):
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
def test_unexpected_claims_of_a_genuine_issuer_cause_no_error(changes):
    """Every token is either accepted or refused."""
    try:
        read = read_token(SHARED, forge({**claims(EMAIL), **changes}))
    except Refused:
        return
    assert read.email == read.email.lower()
    assert read.token_id
