"""Events announced by the host project."""

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.urls import reverse

from tests import factories
from tests.testapp import portal_events
from wagtail_portal import actions
from wagtail_portal.events import Event, add_event
from wagtail_portal.models import EmailTemplate, Member, Notification, Role
from wagtail_portal.notifications import notify_event, outbox
from wagtail_portal.permissions import Actor

KEY = "testapp_contract_ending"
DATA = {"product": "Runner <Pro>", "ends_on": "2026-12-31"}


@pytest.fixture
def admin(home, acme):
    acme.external_id = "C-1001"
    acme.save()
    return factories.member(acme, "ada@acme.example", role=Role.ADMIN, name="Ada Admin")


@pytest.fixture
def announce(home, acme, django_capture_on_commit_callbacks):
    """Return ``announce()``, which announces that a contract of Acme ends and returns the emails by
    recipient."""

    def run(**kwargs):
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            portal_events.contract_ending.send(
                sender=Member,
                by=Actor.system(),
                site=home.get_site(),
                organization=acme,
                data=DATA,
                **kwargs,
            )
        return {message.to[0]: message for message in mail.outbox}

    return run


def template(home, **kwargs):
    kwargs = {"site": home.get_site(), "event": KEY, "language": "en", **kwargs}
    row = EmailTemplate(**kwargs)
    row.full_clean()
    row.save()
    return row


def test_admins_get_an_email_with_the_hosts_text(announce, admin, dana):
    emails = announce()
    assert set(emails) == {admin.email}
    message = emails[admin.email]
    assert message.subject == "Your contract for Runner <Pro> ends soon"
    assert "Your contract for Runner <Pro> ends on Dec. 31, 2026." in message.body
    assert "because you manage your organization" in message.body
    html = message.alternatives[0][0]
    assert "Runner &lt;Pro&gt;" in html and "See your contracts" in html
    assert "http://localhost/support/" in html


def test_editors_can_change_subject_and_body(announce, admin, home, client):
    client.force_login(factories.staff("Support managers"))
    url = reverse("wagtailsnippets_wagtail_portal_emailtemplate:add")
    assert "Contract ending" in client.get(url).content.decode()
    data = {"site": home.get_site().pk, "event": KEY, "language": "en"}
    data |= {"subject": "{product}: renew by {ends_on}", "text": "Hello {recipient}"}
    assert client.post(url, data).status_code == 302
    message = announce()[admin.email]
    assert message.subject == "Runner <Pro>: renew by Dec. 31, 2026"
    assert "Hello Ada Admin" in message.body and "Your contract" not in message.body


def test_placeholders_are_those_of_the_event(home):
    template(home, subject="{product}")
    with pytest.raises(ValidationError) as error:
        template(home, language="de", text="{number}")
    assert "{ends_on}" in error.value.message_dict["text"][0]


def test_preview_needs_no_contract(home, client):
    client.force_login(factories.staff("Support managers"))
    url = reverse("wagtailsnippets_wagtail_portal_emailtemplate:preview_on_add")
    data = {"site": home.get_site().pk, "event": KEY, "language": "en", "text": "For {product}"}
    assert client.post(url, data).json()["is_valid"]
    assert "For" in client.get(url, {"mode": "", "in_preview_panel": "true"}).content.decode()


def test_members_can_choose_whether_to_be_notified(announce, admin, as_member, dana):
    browser = as_member(admin)
    page = browser.get("/support/notifications/").content.decode()
    assert "A contract ends" in page
    data = {"ticket_opened": "at_once", "reply_added": "at_once", "status_changed": "at_once"}
    data |= {"fields_changed": "daily", "join_requested": "at_once"}
    # Digests are about tickets.
    assert browser.post("/support/notifications/", {**data, KEY: "daily"}).status_code == 200
    assert browser.post("/support/notifications/", {**data, KEY: "never"}).status_code == 302
    assert announce() == {}


def test_preference_is_only_offered_to_customers_with_contracts(as_member, home, dana):
    assert "A contract ends" not in as_member(dana).get("/support/notifications/").content.decode()


def test_imports_notify_nobody(announce, admin):
    assert announce(notify=False) == {}


def test_delayed_email_respects_later_changes(home, acme, admin):
    def write():
        about = {"by": Actor.system(), "site": home.get_site(), "organization": acme}
        notify_event(KEY, data=DATA, **about)

    write()
    portal_events.renewed.add(DATA["product"])
    try:
        outbox.send_due()
    finally:
        portal_events.renewed.clear()
    assert mail.outbox == []
    write()
    admin.role = Role.objects.get(key=Role.NO_ACCESS)
    admin.save()
    outbox.send_due()
    assert mail.outbox == []


def test_outbox_shows_the_events_name(announce, admin, client):
    announce()
    client.force_login(factories.staff("Support managers"))
    url = reverse("wagtailsnippets_wagtail_portal_notification:list")
    page = client.get(url, {"state": "sent", "event": KEY}).content.decode()
    assert admin.email in page and "Contract ending" in page


def test_emails_of_an_unregistered_event_fail_visibly(home, admin):
    Notification.objects.create(
        event="gone_event", recipient=admin.user, member=admin, site=home.get_site()
    )
    assert outbox.send_due().sent == 0
    row = Notification.objects.get()
    assert row.get_event_display() == "gone_event" and "TemplateDoesNotExist" in row.error


def test_keys_are_unique():
    with pytest.raises(ValueError, match="two events"):
        add_event(Event(key="reply_added", label="Mine"))


def test_preferences_are_saved(admin):
    preferences = actions.change_notification_preferences(
        by=Actor.for_member(admin), choices={KEY: "never", "unknown": "never"}
    )
    assert preferences.choices == {KEY: "never"}
