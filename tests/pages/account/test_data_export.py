"""A member's data export contains all of their own data and nothing of other people."""

import io
import json
import zipfile
from datetime import UTC, datetime

import pytest

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import (
    Attachment,
    CustomerField,
    DesignatedField,
    FormDraft,
    PortalSettings,
    Role,
)
from wagtail_portal.permissions import Actor

URL = "/support/profile/data/"


def download(browser) -> zipfile.ZipFile:
    response = browser.post(URL)
    assert response.status_code == 200, response
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"].startswith("attachment")
    assert "no-store" in response["Cache-Control"]
    return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))


def data_of(archive) -> dict:
    return json.loads(archive.read("data.json"))


@pytest.fixture
def rich(acme, dana, home, team):
    """Dana has used everything that leaves data."""
    by = Actor.for_member(dana)
    theo = factories.member(acme, "theo@acme.example", name="Theo Teammate")
    shown = factories.ticket_field("Severity", "text")
    hidden = factories.ticket_field("Churn risk", "text")
    settings = PortalSettings.for_site(home.get_site())
    settings.ask_satisfaction = True
    settings.save()
    DesignatedField.objects.create(settings=settings, ticket_field=shown)
    DesignatedField.objects.create(settings=settings, builtin="status")
    ticket = factories.ticket(
        dana, "My export", "It *fails*", attachments=[factories.upload("log.txt", b"line 1\n")]
    )
    actions.change_fields(ticket, by=team, values={shown.key: "high", hidden.key: "secret-risk"})
    note_file = factories.upload("secret-note.txt", b"secret of the note")
    actions.add_note(ticket, by=team, body="secret-note about Dana", attachments=[note_file])
    answer_file = factories.upload("answer.txt", b"answer of the team")
    actions.reply(ticket, by=team, body="words-of-the-team", attachments=[answer_file])
    actions.reply(ticket, by=by, body="Thanks, Jürgen")
    others = factories.ticket(theo, "Theirs", "words-of-theo", followers=[dana])
    actions.reply(others, by=by, body="I have that too")
    closed = factories.ticket(dana, "Rated")
    actions.close_ticket(closed, by=team)
    actions.rate_ticket(closed, by=by, score="good", comment="Quick!")
    actions.save_filter(by=by, name="Mine", query="scope=mine")
    actions.change_notification_preferences(by=by, choices={"reply_added": "daily"})
    actions.change_profile(by=by, name="Dana Reyes", time_zone="Europe/Paris")
    actions.mute(others, by=by)
    actions.upload(by=by, site=home.get_site(), file=factories.upload("ahead.txt", b"ahead"))
    form = factories.form_page(home)
    FormDraft.objects.create(member=dana, form=form, data={"subject": ["Half a tho"]})
    for label, about, shown_to in (
        ("Contract", "organization", "members"),
        ("Risk", "organization", "team"),
        ("Cost centre", "member", "members"),
    ):
        CustomerField.objects.create(label=label, type="text", about=about, shown_to=shown_to)
    values = {"contract": "C-7", "risk": "secret-customer"}
    actions.change_customer_fields(acme, by=Actor.system(), values=values)
    actions.change_customer_fields(dana, by=Actor.system(), values={"cost-centre": "4711"})
    dana.refresh_from_db()
    return dana


def test_export_contains_all_own_data(rich, as_member):
    archive = download(as_member(rich))
    data = data_of(archive)
    assert data["person"]["name"] == "Dana Reyes"
    assert data["person"]["email"] == "dana@acme.example"
    assert data["person"]["time_zone"] == "Europe/Paris"
    (membership,) = data["memberships"]
    assert (
        membership["organization"] == "Acme"
        and membership["notification_preferences"]["reply_added"] == "daily"
    )
    assert membership["fields"] == {"organization:contract": "C-7", "member:cost-centre": "4711"}
    assert {row["subject"] for row in data["tickets"]} == {"My export", "Rated"}
    ticket = next(row for row in data["tickets"] if row["subject"] == "My export")
    assert list(ticket["fields"].values()) == ["high"] and ticket["status"]
    bodies = {row["body"] for row in data["messages"]}
    assert {"It *fails*", "Thanks, Jürgen", "I have that too"} <= bodies
    assert [row["comment"] for row in data["ratings"]] == ["Quick!"]
    assert [row["ticket_subject"] for row in data["followed_tickets"]] == ["Theirs"]
    assert len(data["muted_tickets"]) == 1
    assert [row["name"] for row in data["saved_filters"]] == ["Mine"]
    assert data["drafts_of_forms"][0]["data"] == {"subject": ["Half a tho"]}
    assert "wagtail_portal.reply" in {row["action"] for row in data["log"]}
    files = {row["name"]: archive.read(row["file"]) for row in data["files"]}
    assert files == {"log.txt": b"line 1\n", "ahead.txt": b"ahead"}
    assert len(archive.namelist()) == 3


def test_export_contains_no_data_of_others(rich, as_member):
    archive = download(as_member(rich))
    everything = b"\n".join(archive.read(name) for name in archive.namelist()).decode()
    for word in (
        "words-of",
        "secret",
        "Robin",
        "Theo",
        "theo@",
        "answer.txt",
        "answer of",
        "Churn",
    ):
        assert word not in everything, word


def test_export_contains_sent_invitations(acme, home, as_member):
    admin = factories.member(acme, "ada@acme.example", role=Role.ADMIN)
    by = Actor.for_member(admin)
    actions.invite_member(acme, by=by, email="kim@acme.example", note="Come in")
    actions.invite_member(acme, by=factories.SYSTEM, email="lee@acme.example")
    (sent,) = data_of(download(as_member(admin)))["invitations_sent"]
    assert (sent["email"], sent["note"]) == ("kim@acme.example", "Come in")
    assert "token" not in str(sent)


def test_export_covers_every_organization(rich, home, as_member):
    globex = factories.organization("Globex")
    second = factories.member(globex, "dana@acme.example")
    factories.ticket(second, "At Globex")
    data = data_of(download(as_member(rich)))
    assert [row["organization"] for row in data["memberships"]] == ["Acme", "Globex"]
    assert "At Globex" in {row["subject"] for row in data["tickets"]}
    # The export is no way around lost access to a ticket, but members' own messages stay theirs.
    actions.revoke_access(second, by=factories.SYSTEM)
    data = data_of(download(as_member(rich)))
    assert "At Globex" not in {row["subject"] for row in data["tickets"]}
    assert "Help!" in {row["body"] for row in data["messages"]}


def test_work_as_a_team_member_is_not_exported(rich, home, as_member, team):
    agent = team.user
    member = factories.member(rich.organization, agent.email)
    assert member.user == agent
    data = data_of(download(as_member(member)))
    assert data["messages"] == data["log"] == data["files"] == []


def test_missing_file_does_not_break_the_export(rich, as_member):
    file = Attachment.objects.get(name="log.txt")
    file.file.storage.delete(file.file.name)
    archive = download(as_member(rich))
    assert "log.txt" in {row["name"] for row in data_of(archive)["files"]}
    assert len(archive.namelist()) == 2


def test_file_names_cannot_leave_their_folder(dana, home, as_member):
    factories.ticket(dana, attachments=[factories.upload("a.txt", b"x")])
    # The format of the archive begins in 1980.
    long_ago = datetime(1970, 1, 1, tzinfo=UTC)
    Attachment.objects.update(name="../../..\\etc/pass:wd", created_at=long_ago)
    archive = download(as_member(dana))
    (name,) = set(archive.namelist()) - {"data.json"}
    assert name.startswith("files/") and name.count("/") == 2 and "\\" not in name


def test_exports_are_limited_per_hour(dana, home, as_member, settings):
    settings.WAGTAIL_PORTAL = {"DATA_DOWNLOADS_PER_HOUR": 1}
    browser = as_member(dana)
    download(browser)
    response = browser.post(URL, follow=True)
    assert "downloaded your data several times" in response.content.decode()


def test_export_requires_post(dana, home, as_member):
    browser = as_member(dana)
    assert "Download my data" in browser.get("/support/profile/").content.decode()
    assert browser.get(URL).url == "/support/profile/"
