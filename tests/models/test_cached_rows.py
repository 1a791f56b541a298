"""What's configured in a few rows is read once, and never outlives a change."""

import pytest
from django.core.cache import cache
from wagtail.models import Site

from tests import factories
from wagtail_portal.models import PortalSettings, Status, TicketField
from wagtail_portal.utils.remembering import remembering
from wagtail_portal.utils.shared_cache import shared_cache

pytestmark = pytest.mark.django_db


def test_fields_are_read_from_the_cache_with_their_choices(django_assert_num_queries):
    factories.ticket_field("Severity", choices=[("High", "red")])
    TicketField.cached()
    with django_assert_num_queries(0):
        assert [str(field.choices.all()[0]) for field in TicketField.cached()] == ["High"]


def test_change_of_a_choice_is_seen_at_once():
    field = factories.ticket_field("Severity", choices=[("High", "red")])
    with remembering():
        assert TicketField.cached()
        factories.change(field.choices.all(), label="Urgent")
        assert TicketField.cached()[0].spec().choices[0].label == "Urgent"
        field.delete()
        assert not TicketField.cached()


def test_change_of_a_status_is_seen_at_once():
    assert Status.cached()
    factories.change(Status.objects.all()[:1], name="Fresh")
    assert Status.cached()[0].name == "Fresh"


def test_new_site_is_seen_at_once():
    assert not PortalSettings.several_sites()
    root = Site.objects.get().root_page
    Site.objects.create(hostname="other.example", root_page=root)
    assert PortalSettings.several_sites()


class TestReadAhead:
    def test_several_keys_are_read_at_once(self, monkeypatch):
        cache.set("one", 1)
        with remembering():
            shared_cache.read_ahead("one", "two")
            cache.delete("one")
            assert shared_cache.get("one") == 1
            assert shared_cache.get("two", "default") == "default"
            # Only once: then it's the cache that counts.
            assert shared_cache.get("one") is None

    def test_what_is_written_since_counts(self):
        with remembering():
            cache.set("one", 1)
            shared_cache.read_ahead("one")
            shared_cache.set("one", 2)
            assert shared_cache.get("one") == 2
            shared_cache.read_ahead("one")
            shared_cache.delete("one")
            assert shared_cache.get("one") is None

    def test_nothing_is_kept_outside_of_a_request(self):
        cache.set("one", 1)
        shared_cache.read_ahead("one")
        cache.delete("one")
        assert shared_cache.get("one") is None
