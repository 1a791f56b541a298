"""A portal in two languages, each with addresses of its own."""

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.core import mail
from django.test import Client
from django.urls import clear_url_caches, include, path
from wagtail import urls as wagtail_urls
from wagtail.models import Locale, Site

from tests import factories
from tests.urls import urlpatterns as all_patterns
from wagtail_portal import actions
from wagtail_portal.models import HeaderLink, PortalSettings, Profile, Role, Ticket
from wagtail_portal.pages.models import PortalHomePage
from wagtail_portal.permissions import Actor

from .conftest import text_of

#: The languages' addresses begin with their codes.
urlpatterns = [*all_patterns[:-1], *i18n_patterns(path("", include(wagtail_urls)))]


@pytest.fixture
def german(settings, home):
    """The German translation of the portal and its form, at /de/hilfe/."""
    settings.LANGUAGES = settings.WAGTAIL_CONTENT_LANGUAGES = [("en", "English"), ("de", "German")]
    settings.WAGTAIL_I18N_ENABLED = True
    settings.ROOT_URLCONF = __name__
    clear_url_caches()
    Site.clear_site_root_paths_cache()
    form = factories.form_page(home, audience="customers")
    locale = Locale.objects.create(language_code="de")
    translated = form.copy_for_translation(locale, copy_parents=True)
    translated.title, translated.slug = "Problem melden", "melden"
    translated.save_revision().publish()
    # Parents are copied as aliases, which can't be edited.
    PortalHomePage.objects.filter(locale=locale).update(alias_of=None)
    german = PortalHomePage.objects.get(locale=locale)
    german.title, german.slug = "Hilfe", "hilfe"
    german.save_revision().publish()
    yield german
    Site.clear_site_root_paths_cache()
    clear_url_caches()


def prefers(member, language):
    Profile.objects.update_or_create(user=member.user, defaults={"language": language})


def test_emails_lead_to_the_readers_language(
    german, home, dana, acme, team, django_capture_on_commit_callbacks
):
    prefers(dana, "de")
    kim = factories.member(acme, "kim@acme.example")
    prefers(kim, "en")
    with django_capture_on_commit_callbacks(execute=True):
        for member in (dana, kim):
            ticket = factories.ticket(member, notify=False)
            actions.reply(ticket, by=team, body="It is the valve.")
        actions.invite_member(
            acme,
            by=Actor.for_member(factories.member(acme, role=Role.ADMIN)),
            email="new@acme.example",
            role=Role.objects.get(key=Role.MEMBER),
            site=home.get_site(),
        )
    by_recipient = {message.to[0]: message.body for message in mail.outbox}
    assert "/de/hilfe/tickets/" in by_recipient[dana.email]
    assert "/de/hilfe/notifications/" in by_recipient[dana.email]
    assert "/en/support/tickets/" in by_recipient[kim.email]
    assert "/invitation/" in by_recipient["new@acme.example"]


def test_the_language_of_the_profile_wins(german, home, dana, as_member):
    browser = as_member(dana)
    ticket = factories.ticket(dana)
    # Nothing was chosen: each address shows its own language, and leads to the other.
    page = text_of(browser.get("/en/support/?q=pump"))
    assert 'hreflang="de" href="http://localhost/de/hilfe/"' in page
    assert "Deutsch</a>" in page
    page = text_of(browser.get("/de/hilfe/melden/"))
    assert 'hreflang="en" href="http://localhost/en/support/report/"' in page
    assert text_of(browser.get("/en/support/report/")).count("<h1") == 1
    prefers(dana, "de")
    ticket_path = f"tickets/{ticket.number}/?message=1"
    for path_, there in (("", ""), (ticket_path, ticket_path), ("report/", "melden/")):
        assert browser.get(f"/en/support/{path_}").url == f"/de/hilfe/{there}"
    assert browser.get("/en/support/new/", follow=True).redirect_chain[-1][0] == "/de/hilfe/melden/"
    assert "Deutsch</a>" not in text_of(browser.get("/de/hilfe/"))
    # Visitors stay where they are.
    assert Client().get("/en/support/report/").url.startswith("/accounts/login/")


def test_a_translation_into_a_language_that_django_does_not_know(
    german, home, dana, as_member, settings
):
    settings.LANGUAGES = settings.WAGTAIL_CONTENT_LANGUAGES = [
        ("en", "English"),
        ("tlh", "Klingon"),
    ]
    german.locale.language_code = "tlh"
    german.locale.save()
    assert "Klingon</a>" in text_of(as_member(dana).get("/en/support/"))


def test_header_links_lead_to_pages_in_the_readers_language(german, home, dana, as_member):
    settings = PortalSettings.for_site(home.get_site())
    settings.save()
    site, translated = home.get_parent(), german.get_parent()
    HeaderLink.objects.create(settings=settings, label="Home", page=site)
    browser = as_member(dana)
    # All languages use the same cached settings.
    assert f'href="{site.url}"' in text_of(browser.get("/en/support/"))
    assert f'href="{translated.url}"' in text_of(browser.get("/de/hilfe/"))


def test_header_links_keep_the_language_of_pages_without_translations(
    german, home, dana, as_member, settings
):
    settings.WAGTAIL_I18N_ENABLED = False
    of_site = PortalSettings.for_site(home.get_site())
    of_site.save()
    HeaderLink.objects.create(settings=of_site, label="Home", page=home.get_parent())
    browser = as_member(dana)
    for code in ("en", "de"):
        assert f'href="/{code}/"' in text_of(browser.get(f"/{code}/support/"))


def test_the_filter_shows_a_form_once(german, home, dana, as_member, editor):
    browser = as_member(dana)
    for url in ("/en/support/report/", "/de/hilfe/melden/"):
        data = {"subject": "Pump", "description": "x", "submission_key": ""}
        assert browser.post(url, data).status_code == 302
    assert Ticket.objects.values("form").distinct().count() == 2
    form = home.get_children().get()
    page = text_of(browser.get("/en/support/"))
    assert page.count('name="form"') == 1 and f'name="form" value="{form.pk}"' in page
    assert text_of(browser.get(f"/en/support/?form={form.pk}")).count("Pump") >= 2
    rows = editor.get(f"snippets/wagtail_portal/ticket/?form={form.pk}")
    assert text_of(rows).count("Pump") >= 2
