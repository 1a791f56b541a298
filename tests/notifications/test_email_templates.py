"""Emails as editors write them and as recipients see them."""

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.exceptions import ValidationError
from django.urls import reverse
from wagtail.images import get_image_model
from wagtail.models import Site

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import EmailTemplate, Message, PortalSettings
from wagtail_portal.permissions import Actor
from wagtail_portal.utils import timezones


@pytest.fixture
def ticket(home, dana):
    return factories.ticket(dana, "Export fails", notify=False)


@pytest.fixture
def reply_email(ticket, dana, django_capture_on_commit_callbacks):
    """Return ``reply_email()``, which returns the email about a reply of the team."""

    def send(body="Try *again*"):
        mail.outbox.clear()
        by = Actor.for_agent(factories.agent(name="Robin Vale"))
        with django_capture_on_commit_callbacks(execute=True):
            actions.reply(ticket, by=by, body=body)
        [message] = mail.outbox
        return message

    return send


def email_template(**kwargs):
    kwargs = {"event": "reply_added", "language": "en", **kwargs}
    row = EmailTemplate(site=Site.objects.get(), **kwargs)
    row.full_clean()
    row.save()
    return row


class TestEmailTemplate:
    def test_editors_can_change_subject_and_body(self, ticket, reply_email):
        email_template(
            subject="{number}: news", text="Hello {recipient},\n\n{author} of {portal} wrote."
        )
        message = reply_email()
        assert message.subject == f"{ticket.number}: news"
        assert "Hello Dana Reyes,\n\nRobin Vale of Support wrote." in message.body
        assert "<p>Hello Dana Reyes,</p>" in message.alternatives[0][0]
        assert "Try *again*" in message.body

    def test_other_events_languages_and_team_emails_are_unchanged(self, ticket, reply_email):
        email_template(language="de", subject="Neues")
        email_template(event="status_changed", subject="Status")
        assert reply_email().subject == f"Re: Export fails (#{ticket.number})"

    def test_user_content_is_neither_placeholder_nor_markup(self, ticket, reply_email, dana):
        dana.user.first_name, dana.user.last_name = "<b>{number}", "x"
        dana.user.save()
        email_template(text="Hello {recipient}")
        message = reply_email()
        assert "Hello <b>{number} x" in message.body
        assert "&lt;b&gt;{number} x" in message.alternatives[0][0]

    @pytest.mark.parametrize("text", ["{nubmer}", "{}", "{number", "number}", "{a.b}"])
    def test_unknown_placeholders_are_rejected(self, home, text):
        for field in ("subject", "text"):
            with pytest.raises(ValidationError) as error:
                email_template(**{field: text})
            assert field in error.value.message_dict

    def test_body_can_be_left_out_of_emails(self, ticket, reply_email, home):
        settings = PortalSettings.for_site(home.get_site())
        settings.emails_without_content = True
        settings.save()
        email_template(subject="{subject}", text="{subject}")
        message = reply_email("A *secret* word")
        raw = message.message().as_string()
        assert "secret" not in raw and "Export fails" not in raw
        assert f"/support/tickets/{ticket.number}/" in raw


class TestPreview:
    def show(self, client, mode="", event="reply_added", text="Good news from {portal}"):
        """Send the form, then request the preview, as the panel next to the form does."""
        url = reverse("wagtailsnippets_wagtail_portal_emailtemplate:preview_on_add")
        data = {
            "site": Site.objects.get().pk,
            "event": event,
            "language": "en",
            "subject": "About {subject}",
            "text": text,
        }
        assert client.post(url, data).json()["is_valid"]
        return client.get(url, {"mode": mode, "in_preview_panel": "true"}).content.decode()

    def test_preview_uses_a_real_ticket(self, client, ticket):
        client.force_login(factories.staff("Support managers"))
        Message.objects.update(body="What the customer wrote")
        html = self.show(client)
        assert "Good news from Support" in html and "Export fails" in html
        # Links in the preview mustn't unsubscribe anyone.
        assert "unsubscribe" not in html
        assert "About Export fails" in self.show(client, "text")
        assert mail.outbox == []

    def test_preview_shows_what_the_event_is_about(self, client, ticket):
        client.force_login(factories.staff("Support managers", name="Robin Vale"))
        by = Actor.for_agent(factories.agent())
        actions.reply(ticket, by=by, body="A later answer", notify=False)
        opened = self.show(client, "text", event="ticket_opened")
        assert "Help!" in opened and "A later answer" not in opened
        assert "A later answer" in self.show(client, "text")
        changed = self.show(client, "text", event="fields_changed", text="")
        assert "made a change:\n\n- Urgency changed from Normal to High" in changed

    def test_preview_uses_a_sample_for_users_who_cannot_view_tickets(self, client, ticket):
        user = factories.staff("Editors")
        user.user_permissions.set(Permission.objects.filter(codename__endswith="_emailtemplate"))
        client.force_login(user)
        html = self.show(client)
        assert "Good news from Support" in html
        assert "Export fails" not in html and "Dana" not in html


class TestLook:
    def test_email_has_the_portals_logo_and_colour(self, reply_email, home):
        picture = get_image_model().objects.create(title="Logo", file=factories.picture())
        settings = PortalSettings.for_site(home.get_site())
        settings.logo, settings.accent_colour = picture, "#0b7285"
        settings.portal_name = "Acme Help"
        settings.save()
        html = reply_email().alternatives[0][0]
        assert '<img src="http' in html and 'alt="Acme Help"' in html
        assert "#0b7285" in html and "prefers-color-scheme: dark" in html

    def test_email_is_in_the_recipients_language(self, reply_email, dana, settings):
        settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
        actions.change_profile(by=Actor.for_member(dana), name="Dana", language="ar")
        html = reply_email().alternatives[0][0]
        assert '<html lang="ar" dir="rtl">' in html

    def test_time_zone_names_are_not_read_from_disk_for_each_email(self, reply_email, monkeypatch):
        timezones.time_zones()
        monkeypatch.setattr(timezones, "available_timezones", None)
        assert "Try *again*" in reply_email().body

    def test_confirmation_comes_from_the_portal_not_from_the_recipient(
        self, home, dana, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            factories.ticket(dana, "Export fails")
        assert "Dana" not in mail.outbox[0].from_email
