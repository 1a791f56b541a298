"""The page with the demo's emails, where newcomers find the sign-in code."""

from email.message import EmailMessage

import pytest

from example_site.devmail import mailbox


def raw(text: str, subject: str = "Your sign-in code") -> bytes:
    message = EmailMessage()
    message["Subject"], message["To"] = subject, "maren@brightwater.example"
    message["Date"] = "Mon, 23 Nov 2026 01:13:00 -0000"
    message.set_content(text)
    return message.as_bytes()


@pytest.fixture
def folder(settings, tmp_path):
    settings.DEVMAIL_DIR = tmp_path / "emails"
    return settings.DEVMAIL_DIR


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Here is your code:\n\n    LZPS-BGTP\n\nIt works once.", "LZPS-BGTP"),
        ("Your code is LZPS-BGTP.", "LZPS-BGTP"),
        ("Type this:\n  123456  \n", "123456"),
        ("Ticket 123456 was answered by an up-to-date TEAM-MATE.", ""),
        ("", ""),
    ],
)
def test_code_is_found(folder, text, code):
    assert mailbox.save(raw(text)).code == code


def test_emails_are_listed_newest_first_and_can_be_read_again(folder):
    assert mailbox.latest() == []
    mailbox.save(raw("one", "First"))
    key = mailbox.save(raw("two", "Second ✓")).key
    assert [email.subject for email in mailbox.latest()] == ["Second ✓", "First"]
    assert mailbox.get(key).text == "two\n"


@pytest.mark.parametrize("key", ["", "../secret", "20261123011300000000-abcdef", "x" * 300])
def test_unknown_key_finds_nothing(folder, key):
    (folder.parent / "secret.eml").write_bytes(raw("secret"))
    mailbox.save(raw("one"))
    assert mailbox.get(key) is None


def test_old_emails_are_deleted(folder, monkeypatch):
    monkeypatch.setattr(mailbox, "LIMIT", 3)
    for number in range(5):
        mailbox.save(raw("text", f"Email {number}"))
    assert [email.subject for email in mailbox.latest()] == ["Email 4", "Email 3", "Email 2"]


PAGES = """
    from django.core.mail import EmailMultiAlternatives
    from django.test import Client
    from django.test.utils import override_settings
    mail = EmailMultiAlternatives("Hello <b>", "Code: LZPS-BGTP", None, ["maren@b.example"])
    mail.attach_alternative("<p>Code</p><script>alert(1)</script>", "text/html")
    mail.send()
    client = Client(headers={"host": "localhost"})
    page = client.get("/dev/emails/").content.decode()
    key = page.partition('href="/dev/emails/2')[2].partition("/")[0]
    one = client.get(f"/dev/emails/2{key}/")
    frame = client.get(f"/dev/emails/2{key}/html/")
    with override_settings(DEBUG=False):
        hidden = client.get("/dev/emails/").status_code
    answer = {
        "list": page,
        "one": one.content.decode(),
        "policy": frame.headers["Content-Security-Policy"],
        "missing": client.get("/dev/emails/20261123011300000000-abcdef/").status_code,
        "hidden": hidden,
    }
"""


@pytest.fixture(scope="module")
def found(demo):
    return demo.ask(PAGES)


def test_page_lists_an_email_with_its_code(found):
    assert "Hello &lt;b&gt;" in found["list"]
    assert "<strong>LZPS-BGTP</strong>" in found["list"]
    assert 'sandbox="' in found["one"]
    assert "<script>" not in found["one"]
    assert found["policy"].startswith("sandbox")
    assert "allow-scripts" not in found["policy"]
    assert found["missing"] == 404


def test_page_only_exists_in_development(found):
    assert found["hidden"] == 404
