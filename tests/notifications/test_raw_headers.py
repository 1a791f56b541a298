"""Headers arrive unfolded and unencoded, as the receiving program sees them."""

import email.policy

import django
import pytest

from wagtail_portal import actions
from wagtail_portal.models import PortalSettings
from wagtail_portal.notifications.unfolded import UnfoldedEmail

LONG_HOST = "support-for-customers-of-the-whole-group.international.millrace.example"


def sent_bytes(message) -> bytes:
    """Return what Django's SMTP backend sends."""
    if django.VERSION >= (6, 0):
        return message.message(policy=email.policy.SMTP).as_bytes()
    return message.message().as_bytes(linesep="\r\n")


def raw_headers(message) -> dict[bytes, bytes]:
    """Return the headers by name. Folded ones contain their line breaks."""
    found, name = {}, b""
    for line in sent_bytes(message).partition(b"\r\n\r\n")[0].split(b"\r\n"):
        if line[:1] in (b" ", b"\t"):
            found[name] += b"\r\n" + line
        else:
            name, _colon, value = line.partition(b": ")
            found[name] = value
    return found


def test_headers_of_a_notification_arrive_as_they_were_written(home, ticket, team, dana, sent):
    site = home.get_site()
    site.hostname = LONG_HOST
    site.save()
    PortalSettings.for_site(site).save()
    ticket.refresh_from_db()
    for _number in range(4):
        message = sent(lambda: actions.reply(ticket, by=team, body="Have a look"))[dana.email]
    found = raw_headers(message)
    for name in (
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "Message-ID",
        "References",
        "List-Id",
    ):
        assert found[name.encode()].decode() == message.extra_headers[name]
    assert len(found[b"References"]) > 200
    assert found[b"List-Unsubscribe"].startswith(f"<http://{LONG_HOST}/".encode())
    assert not [name for name, value in found.items() if b"\r\n" in value]


@pytest.mark.parametrize("subject", ["Ärger mit der Pumpe " * 10, "Pump " * 40])
def test_subjects_are_only_encoded_if_they_have_to_be(subject):
    message = UnfoldedEmail(subject.strip(), "x", "a@b.example", ["c@d.example"])
    raw = sent_bytes(message)
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert parsed["Subject"].strip() == subject.strip()
    assert (b"=?utf-8?" in raw) is not subject.isascii()


def test_very_long_header_is_folded_between_words():
    ids = " ".join(f"<mail-{number}.{'x' * 80}@{LONG_HOST}>" for number in range(20))
    message = UnfoldedEmail("x", "x", "a@b.example", ["c@d.example"], headers={"References": ids})
    raw = raw_headers(message)[b"References"]
    assert raw.replace(b"\r\n", b"").decode() == ids
    assert max(map(len, sent_bytes(message).split(b"\r\n"))) <= 998
