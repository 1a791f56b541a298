"""The site's cache is out of reach. The tests need redis-py, but no Redis server."""

import uuid

import pytest
from django.core import mail
from django.core.cache import cache, caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from wagtail.models import Site

from tests import factories
from tests.ports import claim_port
from tests.signin.test_code import ask_for_code, code_in, enter
from wagtail_portal.models import PortalSettings, Ticket
from wagtail_portal.pages.models import PortalHomePage
from wagtail_portal.utils import shared_cache

pytest.importorskip("redis")

REDIS = "django.core.cache.backends.redis.RedisCache"
LOCAL = "django.core.cache.backends.locmem.LocMemCache"


@pytest.fixture
def dead_cache(settings):
    """A Redis cache at a port where nothing listens."""
    with claim_port() as claim:
        port = claim.getsockname()[1]
        settings.CACHES = {"default": {"BACKEND": REDIS, "LOCATION": f"redis://127.0.0.1:{port}"}}
        yield settings
    settings.CACHES = {"default": {"BACKEND": LOCAL}}


def test_signed_in_work_goes_on(dead_cache, home, dana, as_member):
    ticket = factories.ticket(dana)
    browser = as_member(dana)
    for path in ("", f"tickets/{ticket.number}/", "new/", "profile/"):
        assert browser.get(f"/support/{path}").status_code == 200
    response = browser.post(f"/support/tickets/{ticket.number}/reply/", {"body": "Still broken"})
    assert response.status_code == 302
    assert ticket.messages.count() == 2


def test_settings_come_from_the_database(dead_cache, home):
    site = Site.objects.get()
    settings = PortalSettings.for_site(site)
    settings.portal_name = "Acme Help"
    settings.save()
    assert PortalSettings.cached(site).name == "Acme Help"


def test_customers_sign_in_with_a_code_and_limits_hold(dead_cache, home, dana):
    browsers = [Client() for _number in range(4)]
    for browser in browsers:
        ask_for_code(browser, dana.email)
    assert len(mail.outbox) == 3
    assert enter(browsers[2], code_in(mail.outbox[-1])).url == "/support/"


def test_visitors_send_forms_and_limits_hold(
    dead_cache, home, client, django_capture_on_commit_callbacks
):
    form = factories.form_page(home)
    form.audience = "anyone"
    form.save()
    data = {"subject": "x", "description": "d", "visitor-email": "kim@nowhere.example"}
    for _number in range(6):
        with django_capture_on_commit_callbacks(execute=True):
            client.post("/support/report/", {**data, "submission_key": uuid.uuid4()})
    assert len(mail.outbox) == 5


def test_what_allauth_counts_is_refused_politely(dead_cache, home, dana, as_member):
    response = as_member(dana).post("/accounts/reauthenticate/", {"password": "x"})
    assert response.status_code == 503
    assert "Wait a few minutes" in response.content.decode()


def test_agents_work_goes_on(dead_cache, home, dana, client):
    ticket = factories.ticket(dana, form=factories.form_page(home))
    client.force_login(factories.agent())
    viewset = Ticket.snippet_viewset
    for name, *args in (["list"], ["edit", ticket.pk]):
        assert client.get(reverse(viewset.get_url_name(name), args=args)).status_code == 200
    url = reverse(viewset.get_url_name("reply"), args=[ticket.pk])
    data = {"reply-body": "Try again", "reply-status": ticket.status_id}
    assert client.post(url, data).status_code == 302
    assert ticket.messages.count() == 2


def test_portal_can_be_set_up(dead_cache, db, capsys):
    call_command("portal_init")
    assert PortalHomePage.objects.get().slug in capsys.readouterr().out


def test_log_says_once_that_the_cache_is_gone_and_once_that_it_is_back(
    home, dana, as_member, dead_cache, caplog, monkeypatch
):
    monkeypatch.setattr(shared_cache, "PAUSE", 0)
    browser = as_member(dana)
    for _visit in range(3):
        browser.get("/support/")
    assert caplog.text.count("The cache is out of reach") == 1
    caches["default"] = LocMemCache("back", {})
    for _visit in range(2):
        browser.get("/support/")
    assert caplog.text.count("The cache is out of reach") == 1
    assert caplog.text.count("The cache is within reach again") == 1


class SmallCache(LocMemCache):
    """Refuses large values, as Memcached does."""

    def set(self, key, value, *args, **kwargs):
        if len(value) > 10:
            raise RuntimeError("object too large for cache")
        super().set(key, value, *args, **kwargs)


def test_value_that_is_too_large_is_no_outage(monkeypatch, caplog):
    monkeypatch.setattr(shared_cache, "outage", shared_cache.Outage())
    small = shared_cache.SharedCache(SmallCache("small", {}))
    for key, value in {"a": "much too large", "b": "small"}.items():
        small.set(key, value)
    assert small.get_many(["a", "b"]) == {"b": "small"}
    assert not caplog.text


def test_host_sites_own_requests_see_the_errors(dead_cache, home, client):
    import redis

    client.get("/support/")
    with pytest.raises(redis.exceptions.ConnectionError):
        cache.get("x")
