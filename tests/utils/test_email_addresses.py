"""Email addresses as people type and paste them."""

import pytest
from django.core.exceptions import ValidationError

from wagtail_portal.utils.email_addresses import (
    MAX_LENGTH,
    normalize_address,
    normalize_domain,
    parse_address,
    parse_addresses,
)

ONE = [
    "name@example.com",
    "Name@Example.COM",
    "  name@example.com\n",
    "\tname@example.com\u00a0",
    "First Last\tname@example.com\tAcme, Inc.",
    "First Last <name@example.com>",
    "First Last<Name@example.com>,",
    '"Last, First" <name@example.com>',
    "Last, First <name@example.com>;",
    "'First Last' <name@example.com>",
    '"name@example.com" <name@example.com>',
    '"info@elsewhere.example" <name@example.com>',
    "First Last <name@example.com",
    "First @ Company <name@example.com>",
    "<name@example.com>",
    "First Last (name@example.com)",
    "name@example.com (First Last)",
    "[name@example.com]",
    "[name@example.com](mailto:name@example.com)",
    "mailto:name@example.com",
    "MAILTO:name@example.com?subject=Hello%20there",
    "mailto:name%40example.com",
    "First Last <mailto:name@example.com>",
    "name@example.com<mailto:name@example.com>",
    "Email: name@example.com",
    "E-Mail:name@example.com",
    "name@example.com.",
    "name@example.com,",
    "name@example.com;",
    "name@example.com...",
    "name@example.com。",
    "name@example.com, ",
    "“name@example.com”",
    "‘name@example.com’",
    "'name@example.com'",
    "'name@example.com",
    "«name@example.com»",
    "name @ example.com",
    "name@ example.com",
    "name＠example.com",
    "ｎａｍｅ＠ｅｘａｍｐｌｅ．ｃｏｍ",
    "name﹫example.com",
    "＜name@example.com＞",
    "〈name@example.com〉",
    "na\u200bme@exam\u200dple.com\ufeff",
    "\u202aname@example.com\u202c",
    "\u2066name@example.com\u2069",
    "na\u00adme@example.com",
    "name@example.com\ufe0f",
    "\x00name@example.com",
]


@pytest.mark.parametrize("typed", ONE)
def test_one_address_is_understood_however_it_is_pasted(typed):
    assert parse_address(typed) == "name@example.com"


@pytest.mark.parametrize(
    "typed",
    ["o'brien@example.com", "O’Brien@example.com", "o‘brien@example.com", "oʼbrien@example.com"]
    + ["o＇brien@example.com", "o´brien@example.com", "Pat <o′brien@example.com>"],
)
def test_every_apostrophe_is_the_one_on_the_keyboard(typed):
    assert parse_address(typed) == "o'brien@example.com"


@pytest.mark.parametrize("hyphen", "-‐‑–−")
def test_every_hyphen_is_the_one_on_the_keyboard(hyphen):
    assert parse_address(f"jean{hyphen}luc@my{hyphen}shop.example") == "jean-luc@my-shop.example"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("info@müller.example", "info@xn--mller-kva.example"),
        ("info@MU\u0308LLER.example", "info@xn--mller-kva.example"),
        ("Info <info@xn--mller-kva.example>.", "info@xn--mller-kva.example"),
        # Not strasse.example, which belongs to someone else.
        ("info@straße.example", "info@xn--strae-oqa.example"),
        ("info@例え。テスト", "info@xn--r8jz45g.xn--zckzah"),
        ("info@пример.example", "info@xn--e1afmkfd.example"),
    ],
)
def test_international_domain_has_one_spelling(typed, stored):
    assert parse_address(typed) == stored
    assert normalize_domain(typed.rpartition("@")[2].rstrip(".>")) == stored.rpartition("@")[2]


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "@", "name", "name@", "@example.com", "name@@example.com", "a@b@example.com"),
        # A space may be a slip, so no one knows whose address this is.
        *("first last@example.com", "First Last name@example.com", "name@example com"),
        *("name@example,com", "näme@example.com", "nаme@example.com", "name@example..com"),
        *(".name@example.com", "name.@example.com", "<>", "First Last <>", "mailto:"),
        *(f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.com", "<" * 5000, "@" * 9000),
        *('"' * 9000, "(" * 9000, "a@" * 9000, f"a@{'ü' * 900}.com", "[a@b" * 2000),
    ],
)
def test_anything_else_is_refused(typed):
    with pytest.raises(ValidationError):
        parse_address(typed)


def test_column_is_long_enough_for_whatever_is_accepted():
    longest = f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.com"
    longest += "m" * (MAX_LENGTH - len(longest))
    assert parse_address(longest) == longest
    with pytest.raises(ValidationError):
        parse_address(f"{longest}m")


def test_two_addresses_where_one_is_asked_for_are_refused():
    with pytest.raises(ValidationError, match="only one"):
        parse_address("a@example.com, b@example.com")


@pytest.mark.parametrize(
    "typed",
    [
        "ann@example.com bob@example.com",
        "ann@example.com,bob@example.com",
        "ann@example.com; bob@example.com;",
        "ann@example.com\r\nbob@example.com\r\n",
        "ann@example.com、bob@example.com",
        "ann@example.com؛ bob@example.com",
        "Ann Ash <ann@example.com>, Bob Birch <bob@example.com>",
        "Ash, Ann <ann@example.com>; Birch, Bob <bob@example.com>",
        '"Ash, Ann" <ann@example.com>, "Birch, Bob" <bob@example.com>',
        "Ann <ann@example.com> Bob <bob@example.com>",
        "ann@example.com, Bob Birch <bob@example.com>",
        "Ann <ann@example.com>\nbob@example.com",
        "To: ann@example.com; Cc: bob@example.com",
        "mailto:ann@example.com, mailto:bob@example.com",
        "ann@example.com, ANN@example.com, Bob <bob＠example.com>.",
    ],
)
def test_several_addresses_are_understood_however_they_are_pasted(typed):
    assert parse_addresses(typed) == (["ann@example.com", "bob@example.com"], [])


def test_what_is_not_an_address_is_named():
    typed = "ann@example.com, bob@, Cleo <cleo@example.com>, dora"
    assert parse_addresses(typed) == (["ann@example.com", "cleo@example.com"], ["bob@", "dora"])


def test_address_from_another_system_is_not_guessed():
    """It vouches for one mailbox, so a look-alike must not become another one."""
    assert normalize_address("Dana@Example.com") == "dana@example.com"
    for claimed in (
        "\u212aim@example.com",
        "ｋim@example.com",
        "Kim <kim@example.com>",
        "k\u200bim@a.b",
    ):
        with pytest.raises(ValidationError):
            normalize_address(claimed)
