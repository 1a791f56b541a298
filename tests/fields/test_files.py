"""Which files are accepted: by their kind, and never because they're called something else."""

import io
import zipfile

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from tests import factories
from wagtail_portal.fields.file_types import (
    CONTENT_TYPES,
    FAMILIES,
    content_type_of,
    extension,
    extensions_of,
    validate_extensions,
)
from wagtail_portal.fields.files import FileLimits
from wagtail_portal.models import Attachment, PortalSettings
from wagtail_portal.utils.sniffing import sniff

ALL = FileLimits(10**6, 5, extensions_of(FAMILIES))
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04" + bytes(80)
PAGE = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<?xml version="1.0"?>\n<!-- x -->\n<svg xmlns="http://www.w3.org/2000/svg"></svg>'


def picture(kind) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (20, 20)).save(content, kind)
    return content.getvalue()


def archive(*names) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mail.msg", OLE),
        ("report.docx", archive("[Content_Types].xml", "word/document.xml")),
        # Encrypted with a password.
        ("report.docx", OLE),
        ("report.xlsx", OLE),
        ("table.xlsm", archive("xl/workbook.xml")),
        ("photo.png", picture("jpeg")),
        ("photo.jpg", picture("png")),
        ("scan.tif", picture("tiff")),
        ("scan.bmp", picture("bmp")),
        ("offer.pdf", b"\xef\xbb\xbf%PDF-1.7\n"),
        ("offer.pdf", b"\r\n%PDF-1.7\n"),
        ("feed.xml", b'<?xml version="1.0"?><invoices><a/></invoices>'),
        ("feed.xml", '<?xml version="1.0" encoding="utf-16"?><a/>'.encode("utf-16")),
        ("feed.xml", b"<table><a/></table>"),
        ("compose.yml", b"a: 1\n"),
        ("backup.7z", b"7z\xbc\xaf\x27\x1c" + bytes(30)),
        ("letter.rtf", b"{\\rtf1 Hello}"),
        ("dump.sql", b"-- dump\nSELECT 1;"),
        ("nginx.conf", b"#!/usr/sbin/nft -f\n"),
        ("call.mp3", b"ID3\x03" + bytes(40)),
        ("Dockerfile", b"FROM python:3.13\n"),
        (".env", b"A=1\n"),
        ("error.log", b"<html><body>502 Bad Gateway</body></html>"),
        ("query.txt", b"MZ is the prefix of our order numbers.\n"),
        ("page.txt", PAGE),
        ("REPORT.PDF", b"%PDF-1.4"),
        ("tools.zip", archive("setup.exe")),
    ],
)
def test_what_customers_send_every_day_is_accepted(name, content):
    ALL.check(factories.upload(name, content))


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("photo.png", PROGRAM, "a program"),
        ("notes.txt", PROGRAM, "a program"),
        ("README", PROGRAM, "a program"),
        ("tool.pdf", b"\x7fELF\x02\x01\x01" + bytes(60), "a program"),
        ("tool.doc", bytes.fromhex("cffaedfe07000001") + bytes(60), "a program"),
        ("tool.zip", bytes.fromhex("cafebabe00000034"), "a program"),
        ("letter.doc", bytes.fromhex("4c0000000114020000000000c000000000000046"), "a program"),
        ("photo.png", PAGE, "a web page (HTML)"),
        ("photo.png", b"\xef\xbb\xbf \n" + PAGE, "a web page (HTML)"),
        ("photo.png", PAGE.decode().encode("utf-16"), "a web page (HTML)"),
        ("offer.pdf", b"<script>alert(1)</script>", "a web page (HTML)"),
        ("README", PAGE, "a web page (HTML)"),
        ("feed.xml", b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', "HTML"),
        ("feed.xml", SVG, "an SVG image"),
        ("photo.jpg", SVG, "an SVG image"),
        ("photo.jpg", b"<svg onload=alert(1)>", "an SVG image"),
        ("offer.pdf", b"#!/bin/sh\nrm -rf /\n", "a script"),
        ("install", b"#!/usr/bin/env python3\n", "a script"),
        ("photo.gif", b"<?php phpinfo();", "a script"),
    ],
)
def test_dangerous_file_is_refused_and_the_message_says_what_it_is(name, content, what):
    with pytest.raises(ValidationError) as error:
        ALL.check(factories.upload(name, content))
    (message,) = error.value.messages
    assert message.startswith(f"“{name}” doesn’t match its file type. It’s ")
    assert what in message


@pytest.mark.parametrize("name", ["setup.exe.", "setup.exe ", "SETUP.EXE", "a.pdf.exe", "x.svg"])
def test_name_that_hides_a_program_is_seen_through(name):
    assert extension(name) in ("exe", "svg")
    with pytest.raises(ValidationError, match="can’t be attached"):
        ALL.check(factories.upload(name, b"x"))


def test_what_runs_when_it_is_opened_cannot_be_allowed():
    validate_extensions("dwg step, *.log; .7z c++")
    for types in ("exe", "pdf html", ".SVG", "ps1, sh", "a/b", "<b>"):
        with pytest.raises(ValidationError):
            validate_extensions(types)
    with pytest.raises(ValidationError):
        FileLimits(10, 1, frozenset({"exe"})).check(factories.upload("a.exe", b"x"))


def test_every_family_can_be_served():
    for extensions in (row[1] for row in FAMILIES.values()):
        assert set(extensions) <= CONTENT_TYPES.keys() | {""}
    served = set(CONTENT_TYPES.values())
    assert not {kind for kind in served if "html" in kind or "svg" in kind or "script" in kind}


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("photo.png", picture("jpeg"), "image/jpeg"),
        ("photo.png", b"%PDF-1.4", "application/octet-stream"),
        ("photo.png", b"no picture", "image/png"),
        ("photo.tif", picture("tiff"), "image/tiff"),
        ("drawing.dwg", b"AC1032", "application/octet-stream"),
        ("README", b"x", "application/octet-stream"),
        ("feed.xml", b"<a/>", "text/plain"),
    ],
)
def test_content_type(name, content, kind):
    assert content_type_of(factories.upload(name, content)) == kind


def test_question_narrows_the_kinds_of_files():
    limits = ALL.within(families=["images"], types="pdf")
    assert limits.extensions == extensions_of(["images"]) | {"pdf"}
    assert ALL.within(families=[], types="").extensions == ALL.extensions
    assert FileLimits(1, 1, frozenset({"txt"})).within(families=["images"]).extensions == set()


@pytest.fixture
def settings_of(home):
    return PortalSettings.for_site(home.get_site())


def test_unusual_file_goes_through_to_the_download(home, settings_of, dana, browser):
    settings_of.attachment_families, settings_of.attachment_types = ["none"], "dwg"
    settings_of.save()
    files = [factories.upload("Makefile", b"all:\n"), factories.upload("plan.dwg", b"AC1032")]
    ticket = factories.ticket(dana, attachments=files)
    html = browser.get(f"/support/tickets/{ticket.number}/").content.decode()
    assert "Makefile" in html and "plan.dwg" in html
    assert "accept=" not in html
    for attachment in Attachment.objects.all():
        response = browser.get(f"/support/files/{attachment.pk}/")
        assert b"".join(response.streaming_content)
        assert response["Content-Type"] == "application/octet-stream"
        assert response["Content-Disposition"].startswith("attachment")
        assert response["X-Content-Type-Options"] == "nosniff"
    answer = browser.post("/support/uploads/", {"file": factories.upload("a.txt")})
    assert answer.json()["error"] == (
        "“a.txt” can’t be attached. Allowed file types: dwg, files without an extension."
    )


def test_jpeg_called_png_is_shown_as_an_image(home, dana, browser):
    file = factories.upload("photo.png", picture("jpeg"))
    attachment = factories.ticket(dana, attachments=[file]).messages.get().attachments.get()
    assert attachment.is_image
    response = browser.get(f"/support/files/{attachment.pk}/")
    assert response["Content-Type"] == "image/jpeg"
    assert b"".join(response.streaming_content) == picture("jpeg")


def test_harmless_content_is_nothing():
    for head in (b"", b"x", b"<", b"<a-b>", b"<invoice>", bytes(100), b"\xff\xfe", b"<?xml"):
        assert sniff(head) is None, head
