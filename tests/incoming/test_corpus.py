"""What the portal makes of emails as mail programs write them."""

import random

import pytest

from wagtail_portal.utils.received_email import authentication_servers, parse_email
from wagtail_portal.utils.text import is_storable

from .corpus_programs import CASES
from .emails import email, multipart, part


@pytest.mark.parametrize("name", CASES)
def test_email_is_understood(name):
    case = CASES[name]
    found = parse_email(case.raw)
    if case.text is not None:
        assert found.text == case.text
    if case.quoted is not None:
        assert (case.quoted in found.quoted) if case.quoted else found.quoted == ""
    if case.files is not None:
        assert tuple(file.name for file in found.files) == case.files
    for attribute in ("subject", "sender", "is_certain"):
        expected = getattr(case, attribute)
        value = (
            found.subject
            if attribute == "subject"
            else getattr(found.sender, "address" if attribute == "sender" else "is_certain")
        )
        assert expected is None or value == expected
    assert case.sender_name in (None, found.sender.name)
    assert found.automatic == case.automatic
    if case.report is not None:
        assert (found.bounce.message_ids[0], _kind(found.bounce)) == case.report
    assert (found.is_spam, found.is_encrypted, found.is_incomplete) == (
        case.is_spam,
        case.is_encrypted,
        case.is_incomplete,
    )


def _kind(report) -> str:
    if not report.is_failure:
        return "nothing"
    if report.is_delay:
        return "delay"
    return "permanent" if report.is_permanent else "passing"


def test_attached_email_with_a_broken_header_is_a_file():
    inner = b"Subject: a\x0bb: c\r\nX: \xe9\r\n\r\nHello"
    raw = multipart("mixed", part("See below"), part(inner, "message/rfc822"))
    found = parse_email(raw)
    assert found.text == "See below"
    assert b"Hello" in found.files[0].content


def test_damaged_emails_are_understood_as_far_as_possible():
    """Cut, repeated and with wrong bytes, each of them is still read without an error."""
    dice = random.Random(20261129)
    for case in CASES.values():
        raw = bytearray(case.raw[:20_000])
        for _change in range(dice.randrange(1, 8)):
            place = dice.randrange(len(raw))
            length = dice.randrange(40)
            match dice.randrange(4):
                case 0:
                    del raw[place : place + length]
                case 1:
                    raw[place:place] = dice.randbytes(length)
                case 2:
                    raw[place:place] = dice.choice(
                        [b"\r\n", b"\n\n", b"--=_x", b'"', b"<", b";", b"=?"]
                    )
                case 3:
                    raw[place:place] = raw[: length * 10]
        found = parse_email(bytes(raw))
        assert isinstance(found.text, str)
        for text in (found.text, found.quoted, found.subject, found.sender.address):
            assert is_storable(text)


def test_hostile_emails_take_linear_time():
    """They're ten times as long as anything useful. Quadratic code would take hours here."""
    size = 60_000
    results = "Authentication-Results: x; " + '"' + '\\"' * size
    found = parse_email(email(results=results))
    assert authentication_servers(found.headers) == ["x"]
    parse_email(email(f"x\n\nMessage-ID:{' ' * size}", sender="mailer-daemon@acme.example"))
    parse_email(email(to=f"a@{'a.' * size}aé"))
    parse_email(email("-----BEGIN PGP SIGNED MESSAGE-----\n\n" * size))
    for unit in ("<b>", "<a href='", "<!--", "<blockquote>x", "&", "<table border=1><tr><td>x"):
        page = unit * (size // len(unit))
        parse_email(email(page, content_type="text/html"))
    for unit in (
        ">\n",
        "\n",
        "On x wrote:\n",
        "From: a\nTo: b\n",
        "> a\nb\n",
        "##- x -##\n",
        "Am\n",
    ):
        parse_email(email(unit * (size // len(unit))))
