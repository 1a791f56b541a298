"""A site on which Django keeps uploads in temporary files, as it does with all large ones."""

import re

import pytest
from django.core.files.storage import FileSystemStorage

from tests import factories
from wagtail_portal import actions

KEPT = re.compile(r'name="attachments-kept" value="([^"]+)"')


def closing(save):
    def save_and_close(self, name, content, **kwargs):
        found = save(self, name, content, **kwargs)
        content.close()
        return found

    return save_and_close


@pytest.fixture(autouse=True)
def on_disk(settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0


@pytest.mark.parametrize("closes", [False, True])
def test_file_of_a_reply_that_is_held_back_is_kept(
    home, browser, ticket, team, monkeypatch, closes
):
    if closes:
        # Some storages close what they've read.
        monkeypatch.setattr(FileSystemStorage, "save", closing(FileSystemStorage.save))
    url = f"/support/tickets/{ticket.number}/"
    (last_read,) = re.findall(r'name="last_read" value="(\d+)"', browser.get(url).content.decode())
    actions.reply(ticket, by=team, body="Try this")
    data = {"body": "Done", "last_read": last_read, "attachments": [factories.upload("run.log")]}
    page = browser.post(f"{url}reply/", data).content.decode()
    assert "Your reply hasn’t been sent yet" in page and "couldn’t save" not in page
    (kept,) = KEPT.findall(page)
    (last_read,) = re.findall(r'name="last_read" value="(\d+)"', page)
    data = {"body": "Done", "last_read": last_read, "attachments-kept": kept}
    assert browser.post(f"{url}reply/", data).status_code == 302
    stored = ticket.messages.last().attachments.get()
    assert stored.name == "run.log"
    with stored.file.open() as file:
        assert file.read() == b"line 1\nline 2\n"
