"""Uploaded files stay with the form and belong to the person who uploaded them."""

import re
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import Attachment, Role, Ticket
from wagtail_portal.permissions import Actor

KEPT = re.compile(r'name="attachments-kept" value="([^"]+)"')


@pytest.fixture
def form(home):
    return factories.form_page(home)


def uploads_after_an_error(browser, url="/support/report/"):
    data = {"subject": "", "body": "x" * 50_001, "attachments": [factories.upload("log.txt")]}
    return KEPT.findall(browser.post(url, data).content.decode())


def test_files_are_kept_after_an_error(browser, form):
    (key,) = uploads_after_an_error(browser)
    data = {"subject": "x", "description": "d", "attachments-kept": key}
    response = browser.post(
        "/support/report/", {**data, "attachments": [factories.upload("b.txt")]}
    )
    assert response.status_code == 302
    files = Ticket.objects.get().messages.get().attachments.all()
    assert [file.name for file in files] == ["log.txt", "b.txt"]
    assert Attachment.objects.count() == 2


def test_uploaded_file_can_be_removed_without_javascript(browser, form):
    (key,) = uploads_after_an_error(browser)
    data = {"subject": "x", "description": "d", "attachments-kept": key, "attachments-remove": key}
    browser.post("/support/report/", data)
    assert not Ticket.objects.get().messages.get().attachments.exists()


def test_form_limits_apply_to_early_uploads(browser, home):
    blocks = [factories.block("subject"), factories.block("attachments", types="pdf")]
    factories.form_page(home, blocks)
    answer = browser.post("/support/uploads/", {"file": factories.upload("log.txt")})
    data = {"subject": "x", "attachments-kept": answer.json()["id"]}
    response = browser.post("/support/report/", data)
    assert "“log.txt” can’t be attached. Allowed file types: pdf." in response.content.decode()
    assert KEPT.search(response.content.decode()), "it can be taken out"
    assert not Ticket.objects.exists()


def test_files_of_a_reply_are_kept_after_an_error(browser, home, dana):
    ticket = factories.ticket(dana)
    url = f"/support/tickets/{ticket.number}/reply/"
    (key,) = uploads_after_an_error(browser, url)
    assert browser.post(url, {"body": "", "attachments-kept": key}).status_code == 302
    assert ticket.messages.last().attachments.get().name == "log.txt"


def test_uploads_that_were_sent_or_belong_to_others_cannot_be_used(
    browser, form, as_member, acme, dana
):
    (key,) = uploads_after_an_error(browser)
    other = as_member(factories.member(acme))
    data = {"subject": "x", "description": "d"}
    for kept in (key, "rubbish", uuid.uuid4()):
        html = other.post("/support/report/", {**data, "attachments-kept": kept}).content.decode()
        assert "is no longer available" in html
    browser.post("/support/report/", {**data, "attachments-kept": key})
    html = browser.post("/support/report/", {**data, "attachments-kept": key}).content.decode()
    assert "“log.txt” is no longer available" in html
    assert Ticket.objects.get().messages.get().attachments.count() == 1
    attachment = Attachment.objects.get()
    with pytest.raises(Invalid):
        factories.ticket(dana, attachments=[attachment])


def test_uploaded_file_counts_towards_limits_and_is_private_until_sent(browser, form):
    from wagtail_portal.models import PortalSettings

    settings = PortalSettings.for_site(form.get_site())
    settings.attachment_max_number = 1
    settings.save()
    (key,) = uploads_after_an_error(browser)
    assert browser.get(f"/support/files/{key}/").status_code == 404
    data = {"subject": "x", "description": "d", "attachments-kept": key}
    response = browser.post(
        "/support/report/", {**data, "attachments": [factories.upload("b.txt")]}
    )
    assert "You can attach only 1 file" in response.content.decode()


def test_only_members_who_can_write_can_upload(home, acme):
    Role.objects.create(key="reader", name="Reader", can_edit_tickets=False)
    reader = Actor.for_member(factories.member(acme, role="reader"))
    with pytest.raises(NotAllowed):
        actions.upload(by=reader, site=home.get_site(), file=factories.upload())


def test_unsent_uploads_outlive_drafts_and_are_deleted_after_a_month(
    home, dana, portal_files, django_capture_on_commit_callbacks
):
    by, site = Actor.for_member(dana), home.get_site()
    long_ago = timezone.now() - timedelta(days=31)
    old = actions.upload(by=by, site=site, file=factories.upload(), at=long_ago)
    recently = timezone.now() - timedelta(days=15)
    new = actions.upload(by=by, site=site, file=factories.upload(), at=recently)
    sent = factories.ticket(dana, attachments=[factories.upload()], at=long_ago)
    with django_capture_on_commit_callbacks(execute=True):
        actions.run_sweeps()
    assert not (portal_files / old.file.name).exists()
    assert (portal_files / new.file.name).exists()
    assert set(Attachment.objects.all()) == {new, sent.messages.get().attachments.get()}


def test_file_is_uploaded_before_its_form(browser, form):
    response = browser.post("/support/uploads/", {"file": factories.upload("log.txt")})
    assert response.json()["name"] == "log.txt"
    data = {"subject": "x", "description": "d", "attachments-kept": response.json()["id"]}
    browser.post("/support/report/", data)
    assert Ticket.objects.get().messages.get().attachments.get().name == "log.txt"


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [("page.html", 400, "can’t be attached"), (None, 400, "No file was received")],
)
def test_rejected_upload_gets_a_message(browser, home, name, status, words):
    response = browser.post("/support/uploads/", {"file": factories.upload(name)} if name else {})
    assert response.status_code == status
    assert words in response.json()["error"]
    assert not Attachment.objects.exists()


def test_uploads_are_limited_and_require_membership(browser, client, home, settings):
    settings.WAGTAIL_PORTAL = {"UPLOADS_PER_HOUR": 1}
    assert client.post("/support/uploads/", {"file": factories.upload()}).status_code == 302
    assert browser.post("/support/uploads/", {"file": factories.upload()}).status_code == 200
    assert browser.post("/support/uploads/", {"file": factories.upload()}).status_code == 429
    assert browser.get("/support/uploads/").status_code == 404
