"""File downloads: whole, in ranges or not modified, and always after an access check."""

import pytest
from django.conf import settings as django_settings
from PIL import Image

from tests import factories
from tests.pages.error_pages import without_details
from wagtail_portal import actions
from wagtail_portal.actions.tickets._thumbnails import _make
from wagtail_portal.models import Attachment
from wagtail_portal.permissions import Actor

CONTENT = bytes(range(256)) * 600


@pytest.fixture
def attachment(home, dana):
    file = factories.upload("run.log", CONTENT)
    return factories.ticket(dana, attachments=[file]).messages.get().attachments.get()


@pytest.fixture
def address(attachment):
    return f"/support/files/{attachment.pk}/"


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def head(browser, address, **headers):
    response = browser.head(address, headers=headers)
    body(response)
    return response


def files_in(folder) -> set:
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-9", 0, 9),
        ("bytes=100-", 100, len(CONTENT) - 1),
        ("bytes=-7", len(CONTENT) - 7, len(CONTENT) - 1),
        ("bytes=70000-140000", 70_000, 140_000),
        (f"bytes=5-{10**15}", 5, len(CONTENT) - 1),
        (f"bytes=-{10**15}", 0, len(CONTENT) - 1),
        ("Bytes = 3 - 4", 3, 4),
    ],
)
def test_range_request_returns_part_of_the_file(browser, address, asked, first, last):
    response = browser.get(address, headers={"range": asked})
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    assert int(response["Content-Length"]) == last - first + 1
    assert body(response) == CONTENT[first : last + 1]
    assert response["Content-Disposition"] == 'attachment; filename="run.log"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))


@pytest.mark.parametrize(
    "asked",
    [
        *("", "bytes", "bytes=", "bytes=-", "bytes=x-y", "bytes=9-1", "lines=0-9"),
        *("bytes=0-1,5-9", "bytes=--5", f"bytes={'9' * 30}-", "bytes=\u0663-\u0664"),
    ],
)
def test_invalid_range_returns_the_whole_file(browser, address, asked):
    response = browser.get(address, headers={"range": asked})
    assert response.status_code == 200
    assert body(response) == CONTENT
    assert response["Accept-Ranges"] == "bytes"
    assert int(response["Content-Length"]) == len(CONTENT)


@pytest.mark.parametrize("asked", [f"bytes={len(CONTENT)}-", f"bytes={10**15}-", "bytes=-0"])
def test_range_beyond_the_end_is_not_satisfiable(browser, address, asked):
    response = browser.get(address, headers={"range": asked})
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{len(CONTENT)}"
    assert body(response) == b""


def test_unchanged_file_is_not_sent_again(browser, address, attachment):
    whole = head(browser, address)
    for headers in (
        {"if-none-match": whole["ETag"]},
        {"if-none-match": f'"other", W/{whole["ETag"]}'},
        {"if-modified-since": whole["Last-Modified"]},
    ):
        response = browser.get(address, headers=headers)
        assert response.status_code == 304
        assert body(response) == b""
        assert response["ETag"] == whole["ETag"]
        assert "no-store" in response["Cache-Control"]
    assert body(browser.get(address, headers={"if-none-match": '"other"'})) == CONTENT


def test_range_of_a_changed_file_returns_the_whole_file(browser, address):
    whole = head(browser, address)
    for condition, status in (
        (whole["ETag"], 206),
        (whole["Last-Modified"], 206),
        ('"other"', 200),
        (f"W/{whole['ETag']}", 200),
        ("Sat, 01 Jan 2000 00:00:00 GMT", 200),
    ):
        headers = {"range": "bytes=0-3", "if-range": condition}
        response = browser.get(address, headers=headers)
        assert response.status_code == status
        assert body(response) == (CONTENT[:4] if status == 206 else CONTENT)


def test_conditional_and_range_requests_reveal_nothing_without_access(
    as_member, browser, client, address
):
    etag = head(browser, address)["ETag"]
    outsider = as_member(factories.member(factories.organization()))
    for headers in ({"if-none-match": etag}, {"if-none-match": "*"}, {"range": "bytes=9999999-"}):
        assert outsider.get(address, headers=headers).status_code == 404
        assert client.get(address, headers=headers).status_code == 302


def test_head_returns_the_same_headers_as_get(browser, address):
    response = head(browser, address, range="bytes=0-3")
    assert response.status_code == 200
    assert int(response["Content-Length"]) == len(CONTENT)


def test_ranges_work_with_compressing_middleware(as_member, dana, home, settings):
    settings.MIDDLEWARE = ["django.middleware.gzip.GZipMiddleware", *django_settings.MIDDLEWARE]
    text = b"line\n" * 1000
    ticket = factories.ticket(dana, attachments=[factories.upload("run.log", text)])
    address = f"/support/files/{ticket.messages.get().attachments.get().pk}/"
    headers = {"range": "bytes=5-1004", "accept-encoding": "gzip"}
    response = as_member(dana).get(address, headers=headers)
    assert body(response) == text[5:1005]


def test_file_missing_from_storage_is_not_found(browser, address, attachment, portal_files):
    (portal_files / attachment.file.name).unlink()
    assert browser.get(address).status_code == 404
    assert browser.get(address, headers={"range": "bytes=0-3"}).status_code == 404


def test_team_can_request_ranges(client, home, dana, attachment):
    agent = factories.agent()
    client.force_login(agent, backend="django.contrib.auth.backends.ModelBackend")
    from wagtail_portal.desk.tickets.urls import desk_url

    url = desk_url("file", attachment.pk, attachment.name)
    response = client.get(url, headers={"range": "bytes=0-3"})
    assert (response.status_code, body(response)) == (206, CONTENT[:4])


class TestThumbnail:
    @pytest.fixture
    def picture(self, home, dana):
        ticket = factories.ticket(dana, attachments=[factories.picture("plan.png")])
        factories.make_thumbnails()
        return ticket.messages.get().attachments.get()

    def test_thumbnail_is_on_the_page_and_links_to_the_image(self, browser, picture):
        number = picture.message.ticket.number
        page = browser.get(f"/support/tickets/{number}/").content.decode()
        assert f'src="/support/files/{picture.pk}/small/"' in page
        assert f'href="/support/files/{picture.pk}/"' in page
        assert 'alt="plan.png"' in page
        small = browser.get(f"/support/files/{picture.pk}/small/")
        assert small["Content-Type"] == "image/webp"
        assert small["Content-Disposition"] == "inline"
        assert small["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert "no-store" in small["Cache-Control"]
        assert body(small)[8:12] == b"WEBP"

    def test_thumbnail_is_as_private_as_the_image(self, client, as_member, picture, acme):
        address = f"/support/files/{picture.pk}/small/"
        assert client.get(address).status_code == 302
        for member in (factories.member(acme), factories.member(factories.organization())):
            outsider = as_member(member)
            answer = outsider.get(address)
            missing = outsider.get("/support/files/00000000-0000-4000-8000-000000000000/small/")
            assert answer.status_code == missing.status_code == 404
            assert without_details(answer) == without_details(missing)

    def test_thumbnail_of_a_note_is_hidden_from_customers(self, browser, home, dana):
        ticket = factories.ticket(dana)
        note = actions.add_note(
            ticket,
            by=Actor.for_agent(factories.agent()),
            body="",
            attachments=[factories.picture()],
        )
        factories.make_thumbnails()
        pk = note.attachments.get().pk
        assert browser.get(f"/support/files/{pk}/small/").status_code == 404

    def test_thumbnail_is_stored_and_deleted_with_the_image(
        self, picture, portal_files, django_capture_on_commit_callbacks
    ):
        small = portal_files / picture.thumbnail.name
        assert small.exists()
        assert "plan" not in small.name
        with django_capture_on_commit_callbacks(execute=True):
            actions.delete_ticket(picture.message.ticket, by=Actor.system())
        assert not small.exists()
        assert not (portal_files / picture.file.name).exists()

    def test_is_made_after_the_response(
        self, browser, home, dana, django_capture_on_commit_callbacks
    ):
        ticket = factories.ticket(dana)
        data = {"body": "Look", "attachments": [factories.picture("plan.png")]}
        with django_capture_on_commit_callbacks() as callbacks:
            browser.post(f"/support/tickets/{ticket.number}/reply/", data)
        # The page works without it.
        page = browser.get(f"/support/tickets/{ticket.number}/").content.decode()
        assert "plan.png" in page and "/small/" not in page
        for callback in callbacks:
            callback()
        page = browser.get(f"/support/tickets/{ticket.number}/").content.decode()
        assert "/small/" in page

    def test_no_request_decodes_an_image(
        self, browser, client, home, dana, monkeypatch, django_capture_on_commit_callbacks
    ):
        form = factories.form_page(home)
        form.audience = "anyone"
        form.save()
        ticket = factories.ticket(dana)
        opened = []
        monkeypatch.setattr(Image, "open", lambda *args, **kwargs: opened.append(args))
        picture = factories.picture("plan.png")
        with django_capture_on_commit_callbacks():
            for send, url, data in [
                (browser, f"/support/tickets/{ticket.number}/reply/", {"body": "Look"}),
                (browser, form.url, {"subject": "x", "description": "d"}),
                (client, form.url, {"subject": "x", "visitor-email": "kim@nowhere.example"}),
            ]:
                picture.seek(0)
                send.post(url, {**data, "attachments": [picture]})
            picture.seek(0)
            browser.post("/support/uploads/", {"file": picture})
        assert Attachment.objects.count() == 4
        assert not opened

    def test_of_an_upload_is_made_once_it_is_sent(
        self, home, dana, django_capture_on_commit_callbacks
    ):
        by = Actor.for_member(dana)
        with django_capture_on_commit_callbacks(execute=True):
            upload = actions.upload(by=by, site=home.get_site(), file=factories.picture())
        assert not Attachment.objects.get().thumbnail
        with django_capture_on_commit_callbacks(execute=True):
            factories.ticket(dana, attachments=[upload])
        assert Attachment.objects.get().thumbnail

    def test_is_made_once(self, picture, portal_files):
        before = files_in(portal_files)
        factories.make_thumbnails()
        assert files_in(portal_files) == before

    def test_of_a_file_that_is_deleted_meanwhile_is_deleted(self, home, dana, portal_files):
        ticket = factories.ticket(dana, attachments=[factories.picture()])
        row = ticket.messages.get().attachments.get()
        ticket.messages.get().attachments.all().delete()
        before = files_in(portal_files)
        _make(row)
        assert files_in(portal_files) == before

    def test_rejected_message_leaves_no_thumbnail(self, home, dana, portal_files):
        from wagtail_portal import signals

        def reject(**kwargs):
            raise ValueError

        ticket = factories.ticket(dana)
        before = files_in(portal_files)
        signals.reply_added.connect(reject)
        try:
            with pytest.raises(ValueError):
                actions.reply(
                    ticket,
                    by=Actor.for_member(dana),
                    body="x",
                    attachments=[factories.picture()],
                )
        finally:
            signals.reply_added.disconnect(reject)
        assert files_in(portal_files) == before

    def test_broken_image_is_shown_with_an_icon(self, browser, home, dana):
        broken = factories.upload("broken.png", b"\x89PNG\r\n\x1a\n" + b"x" * 50)
        ticket = factories.ticket(dana, attachments=[broken])
        factories.make_thumbnails()
        assert not Attachment.objects.get().thumbnail
        page = browser.get(f"/support/tickets/{ticket.number}/").content.decode()
        assert "broken.png" in page
        assert "/small/" not in page
        assert "portal-icon--image" in page

    def test_other_files_show_type_and_size(self, browser, home, dana):
        names = {"a.pdf": b"%PDF-1", "b.csv": b"a,b", "c.zip": b"PK\x03\x04", "d.mp4": b"mp4"}
        files = [factories.upload(name, content * 400) for name, content in names.items()]
        ticket = factories.ticket(dana, attachments=files)
        page = browser.get(f"/support/tickets/{ticket.number}/").content.decode()
        for family in ("file", "table", "archive", "video"):
            assert f"portal-icon--{family} " in page
        assert "<bdi>PDF</bdi> · <bdi>2.3\xa0KB</bdi>" in page
