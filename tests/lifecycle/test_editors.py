"""Editors get from the customers' side to where they edit it."""

import re

import pytest
from django.apps import apps
from django.test import Client
from wagtail.contrib.frontend_cache.backends import BaseBackend
from wagtail.test.utils.form_data import querydict_from_html

from tests import factories
from tests.testapp.models import ContentPage
from wagtail_portal.models import PortalSettings

from .conftest import text_of


def test_links_for_editors(editor, home, report, browser, as_member, dana):
    site = home.get_site()
    settings_url = f"/admin/settings/wagtail_portal/portalsettings/{site.pk}/"
    for page, url in ((home, "/support/"), (report, "/support/report/")):
        found = editor.browser.get(url)
        shown = text_of(found)
        assert found.status_code == 403
        assert "This is the customers’ side of the portal" in shown
        for link in (f"pages/{page.pk}/edit/", f"pages/{page.pk}/view_draft/"):
            assert f'class="portal-button" href="/admin/{link}"' in shown
            assert editor.get(link).status_code == 200
        assert f'class="portal-button" href="{settings_url}"' in shown
        # Wagtail's own bar, with scripts from files only.
        assert "wagtail-userbar" in shown and f'href="{settings_url}" target="_parent"' in shown
    # Nobody else has it, and an agent who can't edit gets no links.
    assert "wagtail-userbar" not in text_of(browser.get("/support/"))
    assert "wagtail-userbar" not in text_of(Client().get("/accounts/login/"))
    agent = Client()
    agent.force_login(factories.agent(), backend="django.contrib.auth.backends.ModelBackend")
    shown = text_of(agent.get("/support/"))
    assert "Go to the admin" in shown and f"pages/{home.pk}/edit/" not in shown


def test_portal_settings_can_be_restored(editor, home, browser):
    site = home.get_site()
    url = f"settings/wagtail_portal/portalsettings/{site.pk}/"
    history = f"portal/settings/{site.pk}/history/"
    assert "Nothing has been changed yet." in text_of(editor.get(history))
    for name, color in (("Help desk", "#aa3300"), ("Service", "#aa3300")):
        values = querydict_from_html(text_of(editor.get(url)), form_id="w-editor-form")
        values["portal_name"], values["accent_colour"] = name, color
        assert editor.post(url, values).status_code == 302
    assert history in text_of(editor.get(url))
    page = text_of(editor.get(history))
    changed = [" ".join(row.split()) for row in re.findall(r"<li>(.*?)</li>", page, re.DOTALL)]
    assert "Name of the portal: <bdi>Help desk</bdi> → <bdi>Service</bdi>" in changed
    assert any("Accent colour" in row and "#aa3300" in row for row in changed)
    assert "Edith Editor" in page and page.count("Restore") == 2
    assert "Changed: Name of the portal" in text_of(editor.get("reports/site-history/"))
    first = re.findall(r'name="version" value="(\d+)"', page)[-1]
    assert editor.post(history, {"version": first}).status_code == 302
    settings = PortalSettings.objects.get(site=site)
    assert (settings.portal_name, settings.accent_colour) == ("", "#3451b2")
    assert text_of(editor.get(history)).count("Restore") == 3
    # Nobody else sees it.
    agent = Client()
    agent.force_login(factories.agent(), backend="django.contrib.auth.backends.ModelBackend")
    for person in (agent, browser, Client()):
        assert person.get(f"/admin/{history}").status_code in (302, 403)
        assert person.post(f"/admin/{history}", {"version": first}).status_code in (302, 403)


class Recorder(BaseBackend):
    """A front-end cache that remembers what was purged."""

    purged: list = []

    def purge(self, url):
        self.purged.append(url)


@pytest.fixture
def purged(settings, monkeypatch):
    # As if the app was installed, which other apps don't survive in a running test.
    is_installed, name = apps.is_installed, "wagtail.contrib.frontend_cache"
    monkeypatch.setattr(apps, "is_installed", lambda app: app == name or is_installed(app))
    backend = f"{Recorder.__module__}.Recorder"
    settings.WAGTAILFRONTENDCACHE = {"default": {"BACKEND": backend}}
    Recorder.purged.clear()
    return Recorder.purged


def test_pages_with_a_form_are_purged(
    editor, home, contact, purged, django_capture_on_commit_callbacks
):
    page = ContentPage(title="Prices", slug="prices")
    page.body = [("ticket_form", {"form": contact, "heading": ""})]
    home.get_parent().add_child(instance=page)
    page.save_revision().publish()
    for change in (
        lambda: editor.edit(contact, title="Reach us"),
        lambda: editor.unpublish(home),
    ):
        purged.clear()
        with django_capture_on_commit_callbacks(execute=True):
            change()
        assert page.full_url in purged
