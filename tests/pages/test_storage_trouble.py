"""A storage that can't be read, or a full disk: people and scripts are told to try again."""

import errno

import pytest
from django.core import mail
from django.core.files import File
from django.core.management import call_command
from wagtail.images.models import Image

from tests import factories
from wagtail_portal import actions
from wagtail_portal.desk.tickets.urls import desk_url
from wagtail_portal.models import Attachment, PortalSettings
from wagtail_portal.utils import spreadsheets


class StorageClientError(Exception):
    """Stands for the errors of a storage's own library, such as botocore's."""


class BrokenFile(File):
    """A file that's only fetched when it's read, as from object storages."""

    def __init__(self, error):
        super().__init__(None, "broken")
        self.error = error

    def read(self, *args):
        raise self.error


@pytest.fixture
def attachment(home, dana):
    ticket = factories.ticket(dana, attachments=[factories.upload("run.log")])
    return ticket.messages.get().attachments.get()


TROUBLE = [
    PermissionError("denied"),
    ConnectionResetError("reset"),
    TimeoutError("too slow"),
    StorageClientError("no endpoint"),
]


@pytest.fixture(params=[*TROUBLE, "reading"], ids=lambda error: type(error).__name__)
def storage_trouble(request, monkeypatch):
    """The storage raises an error when a file is opened, or when it's read."""

    def open(name, mode="rb"):
        if request.param == "reading":
            return BrokenFile(StorageClientError("cut off"))
        raise request.param

    # Other tests may have replaced the instance in ``storages``.
    monkeypatch.setattr(Attachment.file.field.storage, "open", open)


def test_storage_trouble_is_explained(browser, attachment, storage_trouble):
    address = f"/support/files/{attachment.pk}/"
    Attachment.objects.update(thumbnail="thumbnails/aa/aa")
    for path in (address, f"{address}small/"):
        response = browser.get(path)
        assert response.status_code == 503
        assert "Part of the portal isn’t working" in response.content.decode()
        assert "no-store" in response["Cache-Control"]
    response = browser.get(address, headers={"Accept": "application/json"})
    assert (response.status_code, list(response.json())) == (503, ["error"])


def test_storage_trouble_fails_the_download_of_all_data(browser, attachment, storage_trouble):
    response = browser.post("/support/profile/data/")
    assert response.status_code == 503
    assert "Part of the portal isn’t working" in response.content.decode()


def test_full_disk_fails_an_export(browser, attachment, monkeypatch):
    def temporary_file():
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(spreadsheets, "TemporaryFile", temporary_file)
    assert browser.get("/support/export/xlsx/").status_code == 503


def no_space(*args, **kwargs):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    "step",
    [
        "django.core.files.uploadedfile.tempfile.NamedTemporaryFile",
        "django.core.files.uploadhandler.TemporaryFileUploadHandler.receive_data_chunk",
        "django.core.files.uploadhandler.TemporaryFileUploadHandler.file_complete",
    ],
)
def test_full_disk_loses_nothing_that_was_written(
    browser, attachment, settings, monkeypatch, client, step
):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10
    monkeypatch.setattr(step, no_space)
    number = attachment.message.ticket.number
    url = f"/support/tickets/{number}/reply/"
    small = factories.upload("small.txt", b"x")

    def data(**more):
        return {"body": "It failed again", "attachments": [factories.upload("run.log")], **more}

    response = browser.post(url, data(attachments=[small, factories.upload("run.log")]))
    page = response.content.decode()
    assert response.status_code == 503
    assert "A file couldn’t be saved" in page and "It failed again" in page
    assert "Attach “run.log” again" in page and "Attach “small.txt” again" in page
    response = browser.post(
        "/support/uploads/",
        {"file": factories.upload("run.log")},
        headers={"Accept": "application/json"},
    )
    assert response.status_code == 503 and "couldn’t be saved" in response.json()["error"]

    client.force_login(factories.agent(), backend="django.contrib.auth.backends.ModelBackend")
    note = {"note-body": "Not sent", "note-attachments": factories.upload("run.log")}
    response = client.post(desk_url("note", attachment.message.ticket.pk), note)
    page = response.content.decode()
    assert response.status_code == 503
    assert "A file couldn’t be saved" in page and "Not sent" in page
    assert attachment.message.ticket.messages.count() == 1


def test_team_sees_storage_trouble(client, attachment, storage_trouble):
    client.force_login(factories.agent(), backend="django.contrib.auth.backends.ModelBackend")
    response = client.get(desk_url("file", attachment.pk, attachment.name))
    assert response.status_code == 503
    assert "can’t be read right now" in response.content.decode()


def test_logo_that_cannot_be_read_breaks_no_page(browser, attachment, team, monkeypatch):
    image = Image.objects.create(title="Logo", file=factories.picture("logo.png"))
    settings = PortalSettings.for_site(attachment.message.ticket.site)
    settings.logo = settings.favicon = image
    settings.portal_name = "Acme Help"
    settings.save()

    def open(name, mode="rb"):
        raise StorageClientError("no endpoint")

    monkeypatch.setattr(image.file.storage, "open", open)
    page = browser.get("/support/").content.decode()
    assert "Acme Help" in page and "portal-brand__logo" not in page
    actions.reply(attachment.message.ticket, by=team, body="Try again")
    call_command("send_emails")
    assert any("Try again" in message.body for message in mail.outbox)
