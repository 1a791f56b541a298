"""Emails as editors word them, and as their recipients see them."""

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
def answer(ticket, dana, django_capture_on_commit_callbacks):
    """``answer()``: the email about a reply of the team."""

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
    def test_subject_and_text_of_an_editor(self, ticket, answer):
        email_template(
            subject="{number}: news", text="Hello {recipient},\n\n{author} of {portal} wrote."
        )
        message = answer()
        assert message.subject == f"{ticket.number}: news"
        assert "Hello Dana Reyes,\n\nRobin Vale of Support wrote." in message.body
        assert "<p>Hello Dana Reyes,</p>" in message.alternatives[0][0]
        assert "Try *again*" in message.body

    def test_other_event_language_and_team_stay_as_they_are(self, ticket, answer):
        email_template(language="de", subject="Neues")
        email_template(event="status_changed", subject="Status")
        assert answer().subject == f"Re: Export fails (#{ticket.number})"

    def test_what_people_typed_is_no_placeholder_and_no_markup(self, ticket, answer, dana):
        dana.user.first_name, dana.user.last_name = "<b>{number}", "x"
        dana.user.save()
        email_template(text="Hello {recipient}")
        message = answer()
        assert "Hello <b>{number} x" in message.body
        assert "&lt;b&gt;{number} x" in message.alternatives[0][0]

    @pytest.mark.parametrize("text", ["{nubmer}", "{}", "{number", "number}", "{a.b}"])
    def test_placeholders_are_checked(self, home, text):
        for field in ("subject", "text"):
            with pytest.raises(ValidationError) as error:
                email_template(**{field: text})
            assert field in error.value.message_dict

    def test_a_link_no_content(self, ticket, answer, home):
        settings = PortalSettings.for_site(home.get_site())
        settings.emails_without_content = True
        settings.save()
        email_template(subject="{subject}", text="{subject}")
        message = answer("A *secret* word")
        raw = message.message().as_string()
        assert "secret" not in raw and "Export fails" not in raw
        assert f"/support/tickets/{ticket.number}/" in raw


class TestPreview:
    def show(self, client, mode=""):
        """As the panel beside the form does: send the form, then ask for the preview."""
        url = reverse("wagtailsnippets_wagtail_portal_emailtemplate:preview_on_add")
        data = {
            "site": Site.objects.get().pk,
            "event": "reply_added",
            "language": "en",
            "subject": "About {subject}",
            "text": "Good news from {portal}",
        }
        assert client.post(url, data).json()["is_valid"]
        return client.get(url, {"mode": mode, "in_preview_panel": "true"}).content.decode()

    def test_is_about_a_real_ticket(self, client, ticket):
        client.force_login(factories.staff("Support managers"))
        Message.objects.update(body="What the customer wrote")
        html = self.show(client)
        assert "Good news from Support" in html and "Export fails" in html
        # A click in there must end nobody's mails.
        assert "unsubscribe" not in html
        assert "About Export fails" in self.show(client, "text")
        assert mail.outbox == []

    def test_who_may_not_see_tickets_gets_an_invented_one(self, client, ticket):
        user = factories.staff("Editors")
        user.user_permissions.set(Permission.objects.filter(codename__endswith="_emailtemplate"))
        client.force_login(user)
        html = self.show(client)
        assert "Good news from Support" in html
        assert "Export fails" not in html and "Dana" not in html


class TestLook:
    def test_logo_and_colour_of_the_portal(self, answer, home):
        picture = get_image_model().objects.create(title="Logo", file=factories.picture())
        settings = PortalSettings.for_site(home.get_site())
        settings.logo, settings.accent_colour = picture, "#0b7285"
        settings.portal_name = "Acme Help"
        settings.save()
        html = answer().alternatives[0][0]
        assert '<img src="http' in html and 'alt="Acme Help"' in html
        assert "#0b7285" in html and "prefers-color-scheme: dark" in html

    def test_language_of_the_recipient(self, answer, dana, settings):
        settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
        actions.change_profile(by=Actor.for_member(dana), name="Dana", language="ar")
        html = answer().alternatives[0][0]
        assert '<html lang="ar" dir="rtl">' in html

    def test_names_of_time_zones_are_not_read_from_the_disk_for_each_mail(
        self, answer, monkeypatch
    ):
        timezones.time_zones()
        monkeypatch.setattr(timezones, "available_timezones", None)
        assert "Try *again*" in answer().body

    def test_confirmation_is_from_the_portal_and_not_from_oneself(
        self, home, dana, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            factories.ticket(dana, "Export fails")
        assert "Dana" not in mail.outbox[0].from_email
