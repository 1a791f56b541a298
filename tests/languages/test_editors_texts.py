"""Editors' texts are shown in the reader's language, while the object stays the same: one status,
one field, one choice, whatever it's called."""

from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client
from django.utils.translation import override
from wagtail.models import Site
from wagtail.test.utils.form_data import inline_formset, nested_form_data
from wagtail.users.models import UserProfile

from tests import factories
from tests.desk.conftest import signed_in
from tests.desk.test_other_models import url
from wagtail_portal import actions
from wagtail_portal.models import (
    DesignatedField,
    HeaderLink,
    PortalSettings,
    Role,
    Status,
    Ticket,
    TicketField,
    placeholder_values,
)
from wagtail_portal.permissions import Actor

GERMAN, AUSTRIAN = {"HTTP_ACCEPT_LANGUAGE": "de"}, {"HTTP_ACCEPT_LANGUAGE": "de-at"}
pytestmark = pytest.mark.usefixtures("languages")


@pytest.fixture
def languages(settings):
    settings.LANGUAGES = [("en", "English"), ("de", "German"), ("ar", "Arabic")]
    settings.WAGTAIL_CONTENT_LANGUAGES = settings.LANGUAGES


@pytest.fixture
def superuser(db):
    return factories.staff(is_superuser=True, is_staff=True)


@pytest.fixture
def severity(db):
    """A field with German texts."""
    field = factories.ticket_field(
        "Severity", choices=[("Low", ""), ("High", "")], help_text="How bad?"
    )
    field.translations = {"de": {"label": "Schwere", "help_text": "Wie schlimm?"}}
    field.save()
    for choice, german in zip(field.choices.all(), ["Gering", "Hoch"], strict=True):
        choice.translations = {"de": {"label": german}}
        choice.save()
    return field


@pytest.fixture
def designated_everywhere(severity):
    """The field is designated for every use."""
    settings = PortalSettings.for_site(Site.objects.get())
    for row in ({"builtin": "status"}, {"ticket_field": severity, "editable": True}):
        DesignatedField.objects.create(settings=settings, as_filter=True, **row)
    return severity


def test_built_in_statuses_and_roles_are_translated_into_every_language(db):
    assert Status.objects.get(key="closed").translations["de"] == {"label": "Gelöst"}
    assert Role.objects.get(key="member").translations["de"] == {"name": "Mitglied"}


def test_editor_can_translate_a_status_into_german(superuser, home, dana, as_member):
    factories.ticket(dana)
    status = factories.status("new")
    data = {"name": "New", "label": "Received", "state": "new"}
    data |= {"translations-de-label": "Ist angekommen", "translations-ar-label": " "}
    response = signed_in(superuser).post(url("status", "edit", status.pk), data)
    assert response.status_code == 302, response.context["form"].errors
    status.refresh_from_db()
    assert status.translations["de"] == {"label": "Ist angekommen"}
    assert "ar" not in status.translations
    member = as_member(dana)
    for spoken, label in (
        (GERMAN, "Ist angekommen"),
        (AUSTRIAN, "Ist angekommen"),
        ({}, "Received"),
    ):
        assert label in member.get("/support/", **spoken).content.decode()


def test_form_shows_saved_translations(superuser, severity):
    html = signed_in(superuser).get(url("ticketfield", "edit", severity.pk)).content.decode()
    for text in ("Schwere", "Wie schlimm?", "Gering", "1 of 2 languages"):
        assert text in html
    assert 'lang="ar" dir="rtl"' in html


def test_too_long_translation_is_rejected_with_its_language(superuser, db):
    status, text = factories.status("new"), "W" * 61
    data = {"name": "New", "label": "Received", "state": "new", "translations-de-label": text}
    response = signed_in(superuser).post(url("status", "edit", status.pk), data)
    (error,) = response.context["form"].errors["translations"]
    assert error.startswith("Deutsch: Ensure this value has at most 60 characters")
    html = response.content.decode()
    assert text in html and '<details class="portal-translations" open' in html


def test_site_with_one_language_has_no_translation_inputs(superuser, severity, settings):
    del settings.WAGTAIL_CONTENT_LANGUAGES
    browser, address = signed_in(superuser), url("ticketfield", "edit", severity.pk)
    assert "portal-translations" not in browser.get(address).content.decode()
    rows = [{"id": row.pk, "label": row.label, "ORDER": row.pk} for row in severity.choices.all()]
    data = {"label": "Severity", "type": "choice", "set_by": "customers", "default_answer": ""}
    data |= nested_form_data({"choices": inline_formset(rows, initial=2)})
    assert browser.post(address, data).status_code == 302
    # Translations from a time with more languages are kept.
    severity.refresh_from_db()
    assert severity.translations["de"]["label"] == "Schwere"
    assert severity.choices.first().translations == {"de": {"label": "Gering"}}


def test_translation_into_a_removed_language_is_kept(superuser, db, settings):
    status = factories.status("new")
    status.translations = {"de": {"label": "Da"}, "ar": {"label": "وصلت"}}
    status.save()
    settings.WAGTAIL_CONTENT_LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    data = {"name": "New", "label": "Received", "state": "new", "translations-ar-label": ""}
    assert signed_in(superuser).post(url("status", "edit", status.pk), data).status_code == 302
    status.refresh_from_db()
    assert status.translations == {"de": {"label": "Da"}}


def test_language_that_django_does_not_know(superuser, severity, settings):
    settings.LANGUAGES = [("en", "English"), ("tlh", "Klingon")]
    settings.WAGTAIL_CONTENT_LANGUAGES = settings.LANGUAGES
    html = signed_in(superuser).get(url("ticketfield", "edit", severity.pk)).content.decode()
    assert "Klingon" in html


def test_saved_reply_uses_the_status_label_in_the_customers_language(home, dana):
    with override("de"):
        ticket = factories.ticket(dana)
    assert placeholder_values(ticket, factories.agent())["ticket.status"] == "Eingegangen"
    with override("de"):
        ticket.language = "en"
        assert placeholder_values(ticket, factories.agent())["ticket.status"] == "Received"


@pytest.mark.parametrize("typed", ["W" * 61, "<b>" + "x" * 60])
def test_invalid_translation_is_rejected_next_to_its_language(superuser, db, typed):
    status = factories.status("new")
    data = {"name": "New", "label": "Received", "state": "new", "translations-de-label": typed}
    response = signed_in(superuser).post(url("status", "edit", status.pk), data)
    (error, *_others) = response.context["form"].errors["translations"]
    assert error.startswith("Deutsch: ")
    before = status.translations
    status.refresh_from_db()
    assert status.translations == before


def test_invisible_characters_of_a_translation_are_removed(superuser, db):
    status = factories.status("new")
    data = {"name": "New", "label": "Received", "state": "new"}
    data["translations-de-label"] = "a\x00b\u202e\u200bc"
    signed_in(superuser).post(url("status", "edit", status.pk), data)
    status.refresh_from_db()
    assert status.translations["de"]["label"] == "abc"


def test_answer_given_in_german_equals_the_english_one(
    designated_everywhere, home, dana, as_member
):
    block = factories.block("ticket_field", field=designated_everywhere.pk, required=True)
    factories.form_page(home, [factories.block("subject"), block], slug="problem")
    member = as_member(dana)
    form = member.get("/support/problem/", **GERMAN)
    html = form.content.decode()
    assert "Schwere" in html and "Wie schlimm?" in html and "Hoch" in html
    data = {"subject": "Es brennt", "field-severity": "high", "submission_key": str(uuid4())}
    assert member.post("/support/problem/", data).status_code == 302
    ticket = Ticket.objects.get()
    assert ticket.values == {"severity": "high"}
    for spoken, words in ((GERMAN, ("Schwere", "Hoch")), ({}, ("Severity", "High"))):
        for address in ("/support/", f"/support/tickets/{ticket.number}/"):
            html = member.get(address, **spoken).content.decode()
            assert [word for word in words if word not in html] == [], address
        found = member.get("/support/?f-severity=high", **spoken).content.decode()
        assert "Es brennt" in found and all(word in found for word in words)


def test_status_change_is_shown_in_each_readers_language(
    home, dana, as_member, django_capture_on_commit_callbacks
):
    ticket, team = factories.ticket(dana), Actor.for_agent(factories.agent())
    actions.change_profile(by=Actor.for_member(dana), name=dana.name, language="de")
    with django_capture_on_commit_callbacks(execute=True):
        actions.change_status(ticket, status=factories.status("on-hold"), by=team)
    emails = {message.to[0]: message.body for message in mail.outbox}
    assert "Zurückgestellt" in emails[dana.email]
    actions.change_profile(by=Actor.for_member(dana), name=dana.name, language="")
    address = f"/support/tickets/{ticket.number}/"
    member = as_member(dana)
    assert "Status changed to On hold" in member.get(address).content.decode()
    assert "Status in Zurückgestellt geändert" in member.get(address, **GERMAN).content.decode()
    # Also after the status has been deleted.
    actions.change_status(ticket, status=factories.status("closed"), by=team)
    factories.status("on-hold").delete()
    assert "Status in Zurückgestellt geändert" in member.get(address, **GERMAN).content.decode()


def test_settings_and_header_links_are_translated(home, dana, as_member):
    settings = PortalSettings.for_site(Site.objects.get())
    settings.portal_name, settings.welcome_text = "Acme Help", "Ask away."
    settings.sign_in_text, settings.footer = "Your work address.", "<p>Imprint</p>"
    settings.translations = {
        "de": {
            "portal_name": "Acme Hilfe",
            "welcome_text": "Nur zu.",
            "sign_in_text": "Ihre Adresse bei der Arbeit.",
            "footer": "<p>Impressum</p>",
        }
    }
    settings.save()
    HeaderLink.objects.create(
        settings=settings,
        label="Status page",
        url="https://status.example/",
        translations={"de": {"label": "Zustand"}},
    )
    member = as_member(dana)
    # Both languages use the same cached settings.
    for spoken, words in (
        ({}, ["Acme Help", "Ask away.", "Imprint", "Status page"]),
        (GERMAN, ["Acme Hilfe", "Nur zu.", "Impressum", "Zustand"]),
        ({}, ["Acme Help", "Ask away.", "Imprint", "Status page"]),
    ):
        html = member.get("/support/", **spoken).content.decode()
        assert [word for word in words if word not in html] == []
    assert (
        "Ihre Adresse bei der Arbeit."
        in Client().get("/accounts/login/", **GERMAN).content.decode()
    )


@pytest.mark.parametrize("typed", ["High", "Hoch", "high"])
@pytest.mark.parametrize("spoken", [{}, GERMAN])
def test_condition_and_default_apply_in_every_language(
    severity, home, dana, as_member, typed, spoken
):
    first = factories.block("ticket_field", id="one", field=severity.pk, default=typed)
    second = factories.block(
        "question_text",
        label="Since when?",
        show_if=factories.show_if("one", "high"),
    )
    factories.form_page(home, [factories.block("subject"), first, second], slug="problem")
    form = as_member(dana).get("/support/problem/", **spoken).context["form"]
    assert form["field-severity"].value() == "high"
    (rule,) = [row.rule for row in form.questions if row.rule]
    assert rule.conditions[0].values == ("high",)


def test_editor_using_another_language_does_not_change_a_default(superuser, severity, settings):
    severity.default = "high"
    severity.save()
    settings.LANGUAGE_CODE = "en"
    browser, address = signed_in(superuser), url("ticketfield", "edit", severity.pk)
    profile = UserProfile.get_for_user(superuser)
    profile.preferred_language = "de"
    profile.save()
    form = browser.get(address).context["form"]
    assert form["default_answer"].value() == "Hoch"
    rows = [
        {"id": row.pk, "label": row.label, "ORDER": row.pk, "translations-de-label": german}
        for row, german in zip(severity.choices.all(), ["Gering", "Hoch"], strict=True)
    ]
    data = {"label": "Severity", "type": "choice", "set_by": "customers", "default_answer": "Hoch"}
    data |= nested_form_data({"choices": inline_formset(rows, initial=2)})
    response = browser.post(address, data | {"translations-de-label": "Schwere"})
    assert response.status_code == 302, response.context["form"].errors
    assert TicketField.objects.get().default == "high"
