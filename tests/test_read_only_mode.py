"""Read-only mode: everything can be read, nothing is written, and nothing typed is lost."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Site

from tests import factories
from tests.desk.conftest import signed_in, ticket_url
from wagtail_portal import actions, conf
from wagtail_portal.actions._guard import READING, SKIPPED
from wagtail_portal.exceptions import ReadOnly
from wagtail_portal.models import Delivery, Notification, SweepState, Ticket, TicketReadState

TEXT = "You can read everything, but you can’t send or change anything right now."


@pytest.fixture
def ticket(home, dana):
    return factories.ticket(dana, subject="Export fails", body="It stops.")


@pytest.fixture
def read_only(ticket, settings):
    """Set the mode after everything else was created."""

    def switch_on(value=True):
        settings.WAGTAIL_PORTAL = {"READ_ONLY": value}

    switch_on()
    return switch_on


def reply_url(ticket) -> str:
    return f"/support/tickets/{ticket.number}/reply/"


class TestActions:
    def test_none_writes(self, read_only):
        names = [name for name in dir(actions) if name.islower() and not name.startswith("_")]
        found = [name for name in names if hasattr(getattr(actions, name), "__code__")]
        assert len(found) > 80
        for name in found:
            action = getattr(actions, name)
            if name in SKIPPED:
                assert action() == SKIPPED[name]
            elif name not in READING:
                with pytest.raises(ReadOnly):
                    action()

    def test_worker_does_nothing(self, read_only):
        call_command("portal_worker", "--once")
        assert not SweepState.objects.exists()

    @pytest.mark.parametrize(
        "command",
        [
            *("portal_init", "rebuild_search", "render_messages", "send_digests", "send_emails"),
            "portal_uninstall --delete --no-input",
        ],
    )
    def test_commands_say_why_they_do_nothing(self, command, read_only):
        Notification.objects.update(state=Delivery.DUE)
        before = list(Notification.objects.values_list())
        assert before
        with pytest.raises(CommandError, match="'READ_ONLY'] is set"):
            call_command(*command.split())
        assert list(Notification.objects.values_list()) == before

    @pytest.mark.parametrize("value", [1, ["14:00"], None])
    def test_value_has_to_be_one_of_three(self, settings, value):
        settings.WAGTAIL_PORTAL = {"READ_ONLY": value}
        with pytest.raises(ImproperlyConfigured, match="bool or str or datetime"):
            conf.load()


class TestCustomers:
    def test_reading_works_under_a_banner(self, browser, ticket, read_only):
        response = browser.get(f"/support/tickets/{ticket.number}/")
        assert response.status_code == 200
        html = response.content.decode()
        assert "It stops." in html and TEXT in html

    def test_reply_comes_back_and_can_be_sent_later(self, browser, ticket, read_only, caplog):
        read_only("We’ll be back after lunch.")
        data = {"body": "My only copy", "submission_key": "f7b7bd7e-8c2e-4d9c-92e2-3f6f3d6b8c11"}
        response = browser.post(reply_url(ticket), data)
        html = response.content.decode()
        assert response.status_code == 503
        assert response["Retry-After"] == "600"
        assert f"{TEXT} We’ll be back after lunch." in html
        assert "My only copy</div>" in html and "Send again" in html
        assert "wagtail_portal_sent" not in response.cookies
        assert ticket.messages.count() == 1
        assert not caplog.records

        read_only(False)
        form = html.partition('class="portal-kept"')[2]
        sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        assert browser.post(reply_url(ticket), sent).status_code == 302
        assert ticket.messages.last().body == "My only copy"

    def test_time_is_announced_until_it_has_passed(self, browser, ticket, read_only):
        back = timezone.now() + timedelta(days=3)
        read_only(back)
        response = browser.post(reply_url(ticket), {"body": "Later"})
        assert f"back to normal on {back:%b}" in response.content.decode().replace(". ", " ")
        assert 250_000 < int(response["Retry-After"]) <= 259_200
        read_only(back - timedelta(days=4))
        response = browser.post(reply_url(ticket), {"body": "Later"})
        assert "back to normal soon" in response.content.decode()

    @pytest.mark.parametrize(
        "path", ["uploads/", "tickets/{number}/close/", "profile/", "new/", "view-as/"]
    )
    def test_scripts_get_json(self, browser, ticket, read_only, path):
        url = "/support/" + path.format(number=ticket.number)
        response = browser.post(url, headers={"Accept": "application/json"})
        assert response.status_code == 503
        assert response.json()["error"].startswith(TEXT)

    def test_reading_is_not_recorded_and_does_not_fail(self, browser, dana, ticket, read_only):
        url = f"/support/tickets/{ticket.number}/read/"
        data = {"message": ticket.last_reply_id}
        assert browser.post(url, data).status_code == 302
        assert not TicketReadState.objects.filter(member=dana, read_until__gt=0).exists()

    def test_other_organization_can_be_read(self, dana, browser, read_only):
        read_only(False)
        other = factories.organization("Globex")
        member = factories.member(other, dana.user.email)
        factories.ticket(member, subject="Other ticket")
        read_only()
        browser.post("/support/organization/", {"member": member.pk})
        assert "Other ticket" in browser.get("/support/").content.decode()
        member.refresh_from_db()
        assert member.chosen_at is None

    def test_form_of_a_visitor_comes_back(self, home, read_only):
        read_only(False)
        form = factories.form_page(home, audience="anyone")
        read_only()
        response = Client().post(form.url, {"subject": "Written by a visitor", "go": "next"})
        assert response.status_code == 503
        assert "Written by a visitor" in response.content.decode()
        assert Ticket.objects.count() == 1

    def test_signing_in_is_refused_and_signing_out_works(self, browser, read_only):
        for response in (
            Client().get("/accounts/login/"),
            Client().post("/accounts/login/code/", {"email": "dana@acme.example"}),
            Client().get("/accounts/login/code/confirm/"),
        ):
            assert response.status_code == 503
            assert TEXT in response.content.decode()
        assert browser.post("/accounts/logout/").status_code == 302
        assert "_auth_user_id" not in browser.session


class TestDesk:
    @pytest.fixture
    def desk(self, home):
        return signed_in(factories.agent())

    def test_pages_have_a_banner(self, desk, ticket, read_only):
        for url in (ticket_url("list"), ticket_url("edit", ticket.pk)):
            response = desk.get(url)
            assert response.status_code == 200
            assert response.content.decode().count(TEXT) == 1
        assert TEXT not in desk.get(reverse("wagtailadmin_home")).content.decode()

    def test_reply_comes_back(self, desk, ticket, read_only):
        url = ticket_url("edit", ticket.pk)
        response = desk.post(url, {"reply-body": "My only copy", "action": "reply"})
        html = response.content.decode()
        assert response.status_code == 503
        assert response["Retry-After"] == "600"
        assert TEXT in html and "My only copy" in html and "Send again" in html
        assert ticket.messages.count() == 1

    def test_presence_still_works(self, desk, ticket, read_only):
        response = desk.post(ticket_url("presence", ticket.pk), {"state": "reading"})
        assert response.status_code == 200
        assert not TicketReadState.objects.filter(agent__isnull=False).exists()

    def test_settings_are_not_saved(self, home, read_only):
        desk = signed_in(factories.staff(is_superuser=True))
        site = Site.objects.get(is_default_site=True)
        url = reverse("wagtailsettings:edit", args=["wagtail_portal", "portalsettings", site.pk])
        assert desk.post(url, {"portal_name": "Other"}).status_code == 503

    def test_rest_of_the_admin_can_be_changed(self, home, read_only):
        desk = signed_in(factories.staff(is_superuser=True))
        assert desk.post(reverse("wagtailadmin_pages:unpublish", args=[home.pk])).status_code == 302
