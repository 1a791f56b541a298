"""Notification preferences: who is notified about what and when, and how to unsubscribe."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests import factories
from wagtail_portal import actions
from wagtail_portal.actions.anonymous.save_visitor import save_visitor
from wagtail_portal.models import (
    DesignatedField,
    Follower,
    Mute,
    Notification,
    PortalSettings,
    Role,
    next_digest,
)
from wagtail_portal.models.notification_preferences import DIGEST_HOUR
from wagtail_portal.notifications import outbox
from wagtail_portal.permissions import Actor


@pytest.fixture
def ticket(home, dana):
    return factories.ticket(dana, "Export fails", notify=False)


def choose(person, watches=False, **choices):
    actions.change_notification_preferences(by=person, choices=choices, watches=watches)


class TestEvents:
    def test_status_change_uses_the_label_for_customers(self, ticket, team, dana, sent):
        status = factories.status("waiting-on-customer")
        message = sent(lambda: actions.change_status(ticket, by=team, status=status))[dana.email]
        assert "The status is now: Waiting on you" in message.body
        assert "Waiting on customer" not in message.body

    def test_status_change_names_whom_the_ticket_waits_on(self, ticket, team, dana, acme, sent):
        watcher = factories.member(acme, role=Role.ADMIN)
        choose(Actor.for_member(watcher), watches=True, status_changed="at_once")
        status = factories.status("waiting-on-customer")
        emails = sent(lambda: actions.change_status(ticket, by=team, status=status))
        assert "The status is now: Waiting on Dana" in emails[watcher.email].body
        assert "The status is now: Waiting on you" in emails[dana.email].body

    def test_status_change_is_not_sent_unless_designated(self, ticket, team, sent, home):
        settings = PortalSettings.for_site(home.get_site())
        settings.save()
        DesignatedField.objects.create(settings=settings, builtin="requester")
        status = factories.status("on-hold")
        assert sent(lambda: actions.change_status(ticket, by=team, status=status)) == {}

    def test_only_designated_fields_are_sent(self, ticket, team, dana, sent, home):
        seen, hidden = factories.ticket_field("Fixed in", "text"), None
        hidden = factories.ticket_field("Churn risk", "text")
        settings = PortalSettings.for_site(home.get_site())
        settings.save()
        DesignatedField.objects.create(settings=settings, ticket_field=seen)
        choose(Actor.for_member(dana), fields_changed="at_once")

        def change(**values):
            return sent(lambda: actions.change_fields(ticket, by=team, values=values))

        assert change(**{hidden.key: "very high"}) == {}
        both = change(**{hidden.key: "secret", seen.key: "4.2"})[dana.email]
        raw = both.message().as_string()
        assert "Fixed in set to 4.2" in both.body
        assert "secret" not in raw and "Churn" not in raw

    def test_assignee_is_notified_but_not_the_agent_who_assigned(self, ticket, team, sent, dana):
        other = factories.agent(name="Kim Ito")
        emails = sent(lambda: actions.assign(ticket, by=team, assignee=other))
        assert set(emails) == {other.email}
        assert "Robin Vale assigned this ticket to you" in emails[other.email].body
        assert sent(lambda: actions.assign(ticket, by=team, assignee=team.user)) == {}

    def test_group_is_notified_while_nobody_is_assigned(self, ticket, team, sent, dana):
        from django.contrib.auth.models import Group

        kim = factories.agent(name="Kim Ito")
        group = Group.objects.get(name="Support agents")
        emails = sent(lambda: actions.assign(ticket, by=team, group=group))
        assert set(emails) == {kim.email}
        by = Actor.for_member(dana)
        emails = sent(lambda: actions.reply(ticket, by=by, body="x"))
        assert set(emails) == {kim.email, team.user.email}
        actions.assign(ticket, by=team, assignee=kim)
        assert set(sent(lambda: actions.reply(ticket, by=by, body="y"))) == {kim.email}

    def test_mentioned_agent_is_notified_without_the_text_of_the_note(self, ticket, team, sent):
        kim = factories.agent(name="Kim Ito")
        note = "Look, @Kim Ito: a secret note"
        emails = sent(lambda: actions.add_note(ticket, by=team, body=note))
        assert set(emails) == {kim.email}
        assert "Robin Vale mentioned you" in emails[kim.email].body
        assert "secret note" not in emails[kim.email].message().as_string()

    def test_requester_is_asked_for_a_rating_once(self, ticket, team, dana, sent, home):
        settings = PortalSettings.for_site(home.get_site())
        settings.ask_satisfaction = True
        settings.save()
        message = sent(lambda: actions.close_ticket(ticket, by=team))
        assert set(message) == {dana.email} and len(mail.outbox) == 1
        assert "How did we do?" in message[dana.email].body

    def test_requester_who_is_not_asked_for_a_rating_learns_that_the_ticket_is_closed(
        self, ticket, team, dana, sent, home
    ):
        settings = PortalSettings.for_site(home.get_site())
        settings.ask_satisfaction = True
        settings.save()
        choose(Actor.for_member(dana), satisfaction_asked="never")
        visitor = save_visitor("vic@home.example")
        theirs = factories.ticket(visitor, by=team, notify=False)
        for row, member in ((ticket, dana), (theirs, visitor)):
            emails = sent(lambda row=row: actions.close_ticket(row, by=team))
            assert "The status is now: Solved" in emails[member.email].body

    def test_fields_that_customers_no_longer_see_are_not_announced(self, ticket, team, dana, home):
        field = factories.ticket_field("Fixed in", "text")
        settings = PortalSettings.for_site(home.get_site())
        settings.save()
        shown = DesignatedField.objects.create(settings=settings, ticket_field=field)
        actions.change_fields(ticket, by=team, values={field.key: "4.1"})
        choose(Actor.for_member(dana), fields_changed="at_once")
        actions.change_fields(ticket, by=team, values={field.key: "4.2"})
        assert Notification.objects.undelivered().count() == 2
        shown.delete()
        settings.save()
        outbox.send_all()
        call_command("send_digests")
        assert mail.outbox == []
        # The team doesn't see them among the sent emails.
        assert not Notification.objects.exists()

    def test_changed_fields_are_sent_to_visitors_even_if_other_emails_have_no_content(
        self, home, team, sent
    ):
        field = factories.ticket_field("Fixed in", "text")
        settings = PortalSettings.for_site(home.get_site())
        settings.emails_without_content = True
        settings.save()
        DesignatedField.objects.create(settings=settings, ticket_field=field)
        visitor = save_visitor("vic@home.example")
        ticket = factories.ticket(visitor, by=team, notify=False)
        emails = sent(lambda: actions.change_fields(ticket, by=team, values={field.key: "4.2"}))
        assert "made a change:\n\n- Fixed in set to 4.2" in emails[visitor.email].body

    def test_requester_who_closes_the_ticket_is_not_asked(self, ticket, dana, sent, home):
        settings = PortalSettings.for_site(home.get_site())
        settings.ask_satisfaction = True
        settings.save()
        assert sent(lambda: actions.close_ticket(ticket, by=Actor.for_member(dana))) == {}

    def test_invitation_contains_a_link(self, home, acme, sent):
        admin = Actor.for_member(factories.member(acme, role=Role.ADMIN, name="Ada Fox"))

        def invite():
            actions.invite_member(acme, by=admin, email="new@acme.example")

        message = sent(invite)["new@acme.example"]
        assert "Ada Fox has invited you" in message.body
        assert "http://localhost/support/" in message.body
        # The token doesn't stay in the outbox.
        assert not Notification.objects.exists()

    def test_invitation_token_is_encrypted_while_queued(self, home, acme):
        _row, token = actions.invite_member(acme, by=factories.SYSTEM, email="n@acme.example")
        assert token not in str(list(Notification.objects.values()))

    def test_withdrawn_invitation_is_not_sent(self, home, acme, dana):
        invitation, _token = actions.invite_member(
            acme, by=factories.SYSTEM, email="n@acme.example"
        )
        invitation.withdrawn_at = invitation.created_at
        invitation.save()
        assert outbox.send_due().sent == 0 and not Notification.objects.exists()


class TestChoices:
    def test_never_stops_all_emails(self, ticket, team, dana, sent):
        choose(Actor.for_member(dana), reply_added="never")
        assert sent(lambda: actions.reply(ticket, by=team, body="x")) == {}
        assert not Notification.objects.exists()

    def test_watching_admin_is_notified_about_tickets_they_can_see(
        self, ticket, team, acme, dana, sent
    ):
        admin = factories.member(acme, role=Role.ADMIN)
        assert set(sent(lambda: actions.reply(ticket, by=team, body="1"))) == {dana.email}
        choose(Actor.for_member(admin), watches=True)
        both = {dana.email, admin.email}
        assert set(sent(lambda: actions.reply(ticket, by=team, body="2"))) == both
        # Neither about private tickets nor those of other organizations.
        foreign = factories.ticket(factories.member(factories.organization()), notify=False)
        assert admin.email not in sent(lambda: actions.reply(foreign, by=team, body="3"))
        actions.set_privacy(ticket, by=Actor.for_member(dana), private=True)
        assert set(sent(lambda: actions.reply(ticket, by=team, body="4"))) == {dana.email}

    def test_members_without_the_role_cannot_watch_the_organization(
        self, ticket, team, acme, dana, sent
    ):
        plain = factories.member(acme)
        choose(Actor.for_member(plain), watches=True)
        assert set(sent(lambda: actions.reply(ticket, by=team, body="x"))) == {dana.email}

    def test_subscribed_agent_is_notified_about_all_visible_tickets(self, ticket, team, dana, sent):
        kim, former = factories.agent(), factories.agent()
        for user in (kim, former):
            choose(Actor.for_agent(user), watches=True)
        former.groups.clear()
        by = Actor.for_member(dana)
        assert set(sent(lambda: actions.reply(ticket, by=by, body="x"))) == {kim.email}

    def test_preferences_take_one_query_for_all_recipients(self, ticket, team, acme, dana, sent):
        def queries():
            with CaptureQueriesContext(connection) as found:
                actions.reply(ticket, by=team, body="x")
            return len(found)

        queries()
        one = queries()
        for _number in range(5):
            follower = factories.member(acme)
            Follower.objects.create(ticket=ticket, member=follower)
            choose(Actor.for_member(follower), reply_added="daily")
            choose(Actor.for_agent(factories.agent()), watches=True)
        assert queries() == one


class TestDigest:
    def test_digest_is_one_email_with_everything_that_happened(self, ticket, team, dana, sent):
        choose(Actor.for_member(dana), reply_added="daily", status_changed="daily")
        actions.reply(ticket, by=team, body="A **secret** body")
        status = factories.status("on-hold")
        actions.change_status(ticket, by=team, status=status)
        assert outbox.send_due().sent == 0
        tomorrow = Notification.objects.first().due_at
        assert tomorrow.hour == 7
        assert outbox.send_due(clock=lambda: tomorrow).sent == 1
        assert outbox.send_due(clock=lambda: tomorrow).sent == 0
        message = mail.outbox[0]
        assert message.to == [dana.email]
        assert "Robin Vale replied" in message.body and "On hold" in message.body
        assert f"/support/tickets/{ticket.number}/" in message.body

    def test_command_does_not_send_a_digest_too_early(self, ticket, team, dana):
        choose(Actor.for_member(dana), reply_added="daily")
        actions.reply(ticket, by=team, body="x")
        call_command("send_digests")
        call_command("send_digests")
        assert len(mail.outbox) == 1

    def test_digest_is_in_the_recipients_language(self, ticket, team, dana, settings):
        settings.LANGUAGES = [("en", "English"), ("de", "German")]
        by = Actor.for_member(dana)
        actions.change_profile(by=by, name=dana.name, language="de")
        choose(by, reply_added="daily")
        actions.reply(ticket, by=team, body="x")
        call_command("send_digests")
        assert "Robin Vale hat geantwortet" in mail.outbox[0].body

    def test_digest_is_in_the_language_of_the_other_emails(self, ticket, team, dana, settings):
        settings.LANGUAGES = [("en", "English"), ("de", "German")]
        factories.change([ticket], language="de")
        choose(Actor.for_member(dana), reply_added="daily")
        actions.reply(ticket, by=team, body="x")
        call_command("send_digests")
        assert "Robin Vale hat geantwortet" in mail.outbox[0].body

    def test_digest_of_an_agent_leads_to_the_tickets_in_the_admin(self, ticket, team, dana):
        agent = factories.agent()
        actions.assign(ticket, by=team, assignee=agent, notify=False)
        choose(Actor.for_agent(agent), reply_added="daily")
        actions.reply(ticket, by=Actor.for_member(dana), body="x")
        call_command("send_digests")
        tickets = reverse("wagtailsnippets_wagtail_portal_ticket:list")
        assert f"Go to tickets:\nhttp://testserver{tickets}\n" in mail.outbox[0].body
        assert "/support/" not in mail.outbox[0].body

    def test_digest_leaves_out_what_the_reader_can_no_longer_see(self, ticket, team, dana):
        choose(Actor.for_member(dana), reply_added="daily")
        actions.reply(ticket, by=team, body="x")
        dana.role = Role.objects.get(key=Role.NO_ACCESS)
        dana.save()
        call_command("send_digests")
        assert mail.outbox == []

    def test_digest_waits_for_the_morning_in_the_profiles_time_zone(self, ticket, team, dana):
        by = Actor.for_member(dana)
        actions.change_profile(by=by, name=dana.name, time_zone="Asia/Tokyo")
        choose(by, status_changed="daily")
        actions.change_status(ticket, by=team, status=factories.status("waiting-on-customer"))
        waits = Notification.objects.get(state="digest")
        assert timezone.localtime(waits.due_at, ZoneInfo("Asia/Tokyo")).hour == DIGEST_HOUR

    @pytest.mark.parametrize(
        ("zone", "hour"), [("Asia/Tokyo", 22), ("America/New_York", 11), ("no such", 7)]
    )
    def test_digest_is_due_in_the_recipients_morning(self, zone, hour):
        now = datetime(2026, 7, 1, 12, tzinfo=UTC)
        due = next_digest(now, zone).astimezone(UTC)
        assert due.hour == hour and timedelta() < due - now <= timedelta(days=1)


class TestPage:
    def test_page_saves_preferences(self, as_member, home, dana):
        browser = as_member(dana)
        page = browser.get("/support/notifications/").content.decode()
        assert "Someone replies" in page and "All tickets of my organization" not in page
        # One table: each event is a row, each frequency a column.
        (table,) = BeautifulSoup(page, "html.parser").select("table.portal-preferences")
        titles = [cell.get_text(strip=True) for cell in table.select("thead th")]
        assert titles == ["Email me when", "Immediately", "In a daily digest", "Never"]
        row = table.select_one("tr:has([name=reply_added])")
        assert len(row.select("td [type=radio]")) == 3
        assert row.select_one("[checked]")["value"] == "at_once"
        data = {
            "ticket_opened": "never",
            "reply_added": "daily",
            "status_changed": "at_once",
            "fields_changed": "never",
            "watches": "on",
        }
        assert browser.post("/support/notifications/", data).url == "/support/notifications/"
        kept = dana.notification_preferences
        assert kept.choices["reply_added"] == "daily"
        assert not kept.watches

    def test_admin_can_watch_and_menu_links_to_the_page(self, as_member, home, acme):
        admin = factories.member(acme, role=Role.ADMIN)
        browser = as_member(admin)
        assert 'href="/support/notifications/"' in browser.get("/support/").content.decode()
        assert (
            "All tickets of my organization"
            in browser.get("/support/notifications/").content.decode()
        )

    def test_invalid_input_is_rejected_with_a_message(self, as_member, home, dana):
        response = as_member(dana).post("/support/notifications/", {"reply_added": "hourly"})
        assert response.status_code == 200
        assert "hourly" in response.content.decode()

    def test_page_takes_few_queries(self, as_member, home, dana, django_assert_max_num_queries):
        browser = as_member(dana)
        browser.get("/support/")
        with django_assert_max_num_queries(10):
            browser.get("/support/notifications/")

    def test_agents_find_their_preferences_in_their_wagtail_account(self, client, team):
        client.force_login(team.user)
        url = reverse("wagtailadmin_account")
        assert "Support ticket notifications" in client.get(url).content.decode()
        client.force_login(factories.staff("Editors"))
        assert "Support ticket notifications" not in client.get(url).content.decode()

    def test_agents_preferences_are_saved(self, client, team):
        from bs4 import BeautifulSoup

        client.force_login(team.user)
        url = reverse("wagtailadmin_account")
        form = BeautifulSoup(client.get(url).content, "html.parser").select(
            "form[method=POST], form[method=post]"
        )[-1]
        data = {}
        for field in form.select("input[name], select[name]"):
            if field.name == "select":
                chosen = field.select_one("option[selected]") or field.select_one("option")
                data[field["name"]] = chosen["value"]
            elif field.get("type") not in ("checkbox", "file", "radio") or field.has_attr(
                "checked"
            ):
                data[field["name"]] = field.get("value", "")
        data["wagtail_portal_emails-reply_added"] = "never"
        data["wagtail_portal_emails-watches"] = "on"
        assert client.post(url, data).status_code == 302
        from wagtail_portal.models import NotificationPreferences

        kept = NotificationPreferences.objects.get(agent=team.user)
        assert kept.choices["reply_added"] == "never" and kept.watches


class TestUnsubscribe:
    @pytest.fixture
    def url(self, ticket, team, dana, sent):
        message = sent(lambda: actions.reply(ticket, by=team, body="x"))[dana.email]
        assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        url = message.extra_headers["List-Unsubscribe"].strip("<>")
        assert url.startswith("http://localhost/accounts/unsubscribe/")
        return url.removeprefix("http://localhost")

    def test_one_click_unsubscribe(self, url, ticket, team, dana, sent):
        browser = Client(enforce_csrf_checks=True)
        response = browser.post(url, {"List-Unsubscribe": "One-Click"})
        assert response.status_code == 200 and not response.cookies
        assert Mute.objects.get().member == dana
        browser.post(url, {"List-Unsubscribe": "One-Click"})
        assert Mute.objects.count() == 1
        assert sent(lambda: actions.reply(ticket, by=team, body="y")) == {}

    def test_link_of_a_merged_ticket_stops_emails_about_the_one_it_continues_in(
        self, url, ticket, team, dana, acme, client, sent
    ):
        theo = factories.member(acme, "theo@acme.example")
        other = factories.ticket(theo, "The same", notify=False)
        actions.merge_tickets(ticket, by=team, into=other)
        assert f"#{other.number}" in client.get(url).content.decode()
        client.post(url, {"List-Unsubscribe": "One-Click"})
        assert sent(lambda: actions.reply(other, by=team, body="y")).keys() == {theo.email}

    def test_link_shows_a_confirmation_page_without_details(self, client, url, dana):
        page = client.get(url).content.decode()
        assert not Mute.objects.exists()
        assert "<button" in page and "Export fails" not in page and dana.email not in page
        response = client.post(url)
        assert response.status_code == 302
        assert Mute.objects.exists()
        assert "You’ve stopped emails about" in client.get(response.url).content.decode()
        assert "_auth_user_id" not in client.session

    def test_invalid_link_changes_nothing(self, client, url):
        broken = url[:-3] + "xx/"
        assert client.get(broken).status_code == 404
        assert client.post(broken, {"List-Unsubscribe": "One-Click"}).status_code == 404
        assert not Mute.objects.exists()

    def test_member_without_access_gets_the_same_response(self, client, url, dana):
        dana.role = Role.objects.get(key=Role.NO_ACCESS)
        dana.save()
        assert client.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
        assert not Mute.objects.exists()
