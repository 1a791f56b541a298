"""Notifications about join requests."""

import pytest
from django.core import mail
from django.utils import timezone

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import (
    JoinRequest,
    Notification,
    OrganizationDomain,
    PortalSettings,
    Role,
)
from wagtail_portal.notifications import outbox
from wagtail_portal.permissions import Actor


@pytest.fixture
def acme(acme, home):
    """Acme with a verified domain whose users need approval."""
    OrganizationDomain.objects.create(
        organization=acme, domain="acme.example", verified_at=timezone.now()
    )
    return acme


@pytest.fixture
def admin(acme):
    return factories.member(acme, "ada@acme.example", role=Role.ADMIN, name="Ada Admin")


@pytest.fixture
def request_to_join(home, django_capture_on_commit_callbacks):
    """Return ``request_to_join()``, which sends Kim's join request and returns the emails sent."""

    def run(email="kim@acme.example"):
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            user = actions.provision_user(email)
            actions.record_sign_in(user, email=email, site=home.get_site())
        return {message.to[0]: message for message in mail.outbox}

    return run


def test_everyone_who_manages_members_is_notified_once(acme, admin, request_to_join):
    factories.member(acme, "plain@acme.example")
    Role.objects.create(key="hr", name="HR", tickets="own", members="manage")
    factories.member(acme, "hr@acme.example", role="hr")
    gone = factories.member(acme, "gone@acme.example", role=Role.ADMIN)
    gone.user.is_active = False
    gone.user.save()
    factories.member(factories.organization("Globex"), role=Role.ADMIN)
    emails = request_to_join()
    assert set(emails) == {"ada@acme.example", "hr@acme.example"}
    message = emails["ada@acme.example"]
    assert message.subject == "New request to join Acme"
    assert "kim@acme.example has requested to join Acme" in message.body
    assert "/support/members/" in message.body
    assert "you manage the members" in message.body
    assert message.alternatives[0][0].count("/support/members/") == 1
    assert request_to_join() == {}


def test_members_who_opted_out_are_not_notified(acme, admin, request_to_join, as_member):
    browser = as_member(admin)
    page = browser.get("/support/notifications/").content.decode()
    assert "Someone requests to join" in page
    data = {"ticket_opened": "at_once", "reply_added": "at_once", "status_changed": "at_once"}
    data |= {"fields_changed": "daily", "join_requested": "never"}
    assert browser.post("/support/notifications/", data).status_code == 302
    assert request_to_join() == {}


def test_digest_is_not_offered_for_join_requests(acme, admin, as_member):
    response = as_member(admin).post("/support/notifications/", {"join_requested": "daily"})
    assert response.status_code == 200


def test_preference_is_only_offered_to_members_who_manage_members(acme, as_member):
    browser = as_member(factories.member(acme))
    assert "asks to come in" not in browser.get("/support/notifications/").content.decode()


def test_team_is_notified_if_the_organization_has_no_admin(acme, home, request_to_join):
    factories.member(acme)
    settings = PortalSettings.for_site(home.get_site())
    settings.team_address = "team@company.example"
    settings.save()
    message = request_to_join()["team@company.example"]
    assert f"/admin/snippets/wagtail_portal/organization/edit/{acme.pk}/" in message.body
    # A mailbox neither manages members nor has an account with preferences.
    assert "because this address belongs to the support team" in message.body
    assert "manage the members" not in message.body and "/account/" not in message.body


def test_joining_immediately_notifies_nobody(acme, admin, request_to_join):
    acme.domain_joining = "direct"
    acme.save()
    assert request_to_join() == {}


def test_email_without_body_does_not_contain_the_address(acme, admin, home, request_to_join):
    settings = PortalSettings.for_site(home.get_site())
    settings.emails_without_content = True
    settings.save()
    message = request_to_join()[admin.email]
    assert "kim@" not in message.message().as_string()
    assert "has requested to join Acme" in message.body


@pytest.mark.parametrize("what", ["decided", "lost the role"])
def test_outdated_email_is_not_sent(acme, admin, home, what):
    user = actions.provision_user("kim@acme.example")
    actions.record_sign_in(user, email="kim@acme.example", site=home.get_site())
    if what == "decided":
        actions.decline_join_request(JoinRequest.objects.get(), by=Actor.for_member(admin))
    else:
        admin.role = Role.objects.get(key=Role.MEMBER)
        admin.save()
    outbox.send_due()
    assert mail.outbox == []


def test_notification_does_not_store_the_requesters_address(acme, admin, request_to_join):
    request_to_join()
    (row,) = Notification.objects.values()
    assert "kim@" not in str(row)
