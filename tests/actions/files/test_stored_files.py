"""Files in the storage: nothing is left behind, whatever the storage does."""

import errno
import os
from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid, StorageUnavailable
from wagtail_portal.models import Attachment, DiscardedFile

FULL = OSError(errno.ENOSPC, "No space left on device")


class TooLarge(SimpleUploadedFile):
    """A file for which there's no room on the disk: it's written in part."""

    def chunks(self, chunk_size=None):
        yield self.read(3)
        raise FULL


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def refusing(monkeypatch):
    """Return ``refusing(names)``, which makes the storage fail to delete some files, or all."""
    delete = storages["portal"].delete

    def refuse(names=None):
        def fails(name):
            if names is None or name in names:
                raise ConnectionResetError("The storage is gone.")
            delete(name)

        monkeypatch.setattr(storages["portal"], "delete", fails)

    return refuse


def stored(portal_files) -> set[str]:
    found = portal_files.rglob("*")
    return {path.relative_to(portal_files).as_posix() for path in found if path.is_file()}


def test_full_disk_keeps_no_part_of_a_file(home, customer, portal_files):
    before = stored(portal_files)
    with pytest.raises(Invalid, match="couldn’t save the file “log.txt”"):
        actions.upload(by=customer, site=home.get_site(), file=TooLarge("log.txt", b"line 1\n"))
    assert stored(portal_files) == before
    assert not Attachment.objects.exists()


def test_reply_with_a_file_that_cannot_be_saved_keeps_its_text(browser, ticket, monkeypatch):
    def save(name, content):
        raise FULL

    monkeypatch.setattr(storages["portal"], "_save", save)
    reply = {"body": "My long answer", "attachments": factories.upload("log.txt")}
    page = browser.post(f"/support/tickets/{ticket.number}/reply/", reply).content.decode()
    assert "couldn’t save the file “log.txt”" in page and "My long answer" in page
    assert ticket.messages.count() == 1


def test_part_of_a_file_that_cannot_be_deleted_is_noted(home, customer, portal_files, refusing):
    before = stored(portal_files)
    refusing()
    with pytest.raises(Invalid):
        actions.upload(by=customer, site=home.get_site(), file=TooLarge("log.txt", b"line 1\n"))
    assert {DiscardedFile.objects.get().name} == stored(portal_files) - before


def test_file_that_cannot_be_deleted_is_deleted_later(
    home, dana, portal_files, refusing, commit, monkeypatch
):
    ticket = factories.ticket(dana, attachments=[factories.upload()])
    name = Attachment.objects.get().file.name
    refusing()
    with commit():
        actions.delete_ticket(ticket, by=factories.SYSTEM)
    left = DiscardedFile.objects.get()
    assert (left.name, left.attempts) == (name, 1) and "ConnectionResetError" in left.error
    assert left.due_at > timezone.now()
    DiscardedFile.objects.update(due_at=timezone.now())
    with pytest.raises(StorageUnavailable, match="The storage is gone"):
        actions.delete_files()
    monkeypatch.undo()
    DiscardedFile.objects.update(due_at=timezone.now())
    assert actions.delete_files() == 1
    assert name not in stored(portal_files) and not DiscardedFile.objects.exists()


def test_one_storage_error_does_not_stop_the_discarding(
    home, customer, portal_files, refusing, commit
):
    site, long_ago = home.get_site(), timezone.now() - timedelta(days=3)
    names = [
        actions.upload(by=customer, site=site, file=factories.upload(), at=long_ago).file.name
        for _number in range(3)
    ]
    refusing(names[:1])
    with commit():
        assert actions.discard_uploads(older_than=timedelta(days=2)) == 3
    assert stored(portal_files) & set(names) == {names[0]}
    assert DiscardedFile.objects.get().name == names[0]


def test_files_are_deleted_with_everything_they_belong_to(dana, home, portal_files, commit):
    ticket = factories.ticket(dana, attachments=[factories.upload()])
    name = Attachment.objects.get().file.name
    with commit():
        # Not through an action, as in a shell.
        ticket.messages.all().delete()
    assert name not in stored(portal_files)


def test_thumbnail_is_made_if_its_task_has_died(dana, home):
    long_ago = timezone.now() - timedelta(hours=1)
    files = [factories.picture(), factories.upload("broken.png", b"\x89PNG\r\n\x1a\nnothing")]
    factories.ticket(dana, attachments=files, at=long_ago)
    assert actions.make_missing_thumbnails(most=10) == 2
    assert Attachment.objects.exclude(thumbnail="").count() == 1
    # What can't be decoded isn't tried again.
    assert actions.make_missing_thumbnails(most=10) == 0


class TestComparison:
    @pytest.fixture
    def names(self, dana, home, portal_files):
        """An old and a new file without a row, and one with a row that's missing."""
        for path in portal_files.rglob("*"):
            if path.is_file():
                path.unlink()
        factories.ticket(dana, attachments=[factories.upload(), factories.upload()])
        missing = Attachment.objects.first().file.name
        (portal_files / missing).unlink()
        old, new = "attachments/ab/abc", "attachments/ab/abd"
        for name in (old, new):
            path = portal_files / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
        os.utime(portal_files / old, (0, 0))
        return old, new, missing

    def test_command_lists_and_deletes_nothing(self, names, portal_files, capsys):
        old, new, missing = names
        call_command("check_files")
        output = capsys.readouterr().out
        assert f"Not in the database: {old}" in output
        assert f"Missing in the storage: {missing}" in output
        assert new not in output and "Nothing was deleted" in output
        assert {old, new} <= stored(portal_files)

    def test_command_deletes_old_files_without_a_row(self, names, portal_files, commit):
        old, new, _missing = names
        kept = stored(portal_files) - {old}
        with commit():
            call_command("check_files", delete=True)
        assert stored(portal_files) == kept and new in kept
