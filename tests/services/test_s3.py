"""Attachments in an S3-compatible storage."""

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import Attachment
from wagtail_portal.permissions import Actor

boto3 = pytest.importorskip("boto3")
pytest.importorskip("storages")
server = pytest.importorskip("moto.server")

LOG = b"pressure 3 bar\n"


@pytest.fixture
def bucket(settings, monkeypatch):
    """A bucket on a server of its own, which holds the attachments."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    url = f"http://{host}:{port}"
    found = boto3.resource("s3", endpoint_url=url).create_bucket(Bucket="attachments")
    settings.STORAGES = settings.STORAGES | {
        "portal": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": "attachments",
                "endpoint_url": url,
                "addressing_style": "path",
                "file_overwrite": False,
            },
        }
    }
    # Models choose their storage when they are loaded.
    for name in ("file", "thumbnail"):
        monkeypatch.setattr(Attachment._meta.get_field(name), "storage", storages["portal"])
    yield found
    running.stop()


def test_files_are_stored_sent_listed_and_deleted(
    bucket, browser, ticket, django_capture_on_commit_callbacks, capsys
):
    file = SimpleUploadedFile("pump.log", LOG)
    data = {"body": "See the log", "attachments": file}
    assert browser.post(f"/support/tickets/{ticket.number}/reply/", data).status_code == 302
    attachment = Attachment.objects.get()
    (stored,) = bucket.objects.all()
    assert stored.get()["Body"].read() == LOG
    response = browser.get(f"/support/files/{attachment.pk}/")
    assert b"".join(response.streaming_content) == LOG

    bucket.put_object(Key="attachments/le/left-over", Body=b"x")
    call_command("check_files", hours=0)
    shown = capsys.readouterr().out
    assert (
        "Not in the database: attachments/le/left-over" in shown and "0 files are missing" in shown
    )

    with django_capture_on_commit_callbacks(execute=True):
        actions.delete_ticket(ticket, by=Actor.for_agent(factories.staff(is_superuser=True)))
    assert [left.key for left in bucket.objects.all()] == ["attachments/le/left-over"]
