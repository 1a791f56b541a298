"""What's configured in a few rows is read once, and never outlives a change."""

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import transaction
from wagtail.models import Site

from tests import factories
from tests.rollback import rolled_back
from wagtail_portal.models import Member, PortalSettings, Role, Status, TicketField
from wagtail_portal.pages.models import PortalHomePage, TicketFormPage
from wagtail_portal.pages.offered_forms import offers_form
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


def _offers_form() -> bool:
    return offers_form(PortalHomePage.objects.get(), Member.objects.get())


#: By what's cached: the rows it depends on, and how it's read.
CACHED = {
    "statuses": (
        lambda: factories.change(Status.objects.filter(key="new"), name="Fresh"),
        lambda: [status.name for status in Status.cached()],
    ),
    "fields": (
        lambda: factories.ticket_field("Fresh"),
        lambda: [field.label for field in TicketField.cached()],
    ),
    "settings": (
        lambda: PortalSettings.objects.update_or_create(
            defaults={"portal_name": "Fresh"}, site=Site.objects.get()
        ),
        lambda: PortalSettings.cached(None).portal_name,
    ),
    "forms": (lambda: TicketFormPage.objects.get().unpublish(), _offers_form),
}


class TestRollback:
    """Others don't see what a transaction changed, read and rolled back."""

    @pytest.mark.parametrize("name", CACHED)
    def test_savepoint(self, name):
        self._check(name)

    @pytest.mark.parametrize("name", CACHED)
    @pytest.mark.django_db(transaction=True, serialized_rollback=True)
    def test_whole_transaction(self, name):
        self._check(name)

    @staticmethod
    def _check(name):
        factories.member(factories.organization())
        factories.form_page(factories.portal_home())
        change, read = CACHED[name]
        before = read()
        with rolled_back():
            change()
            with rolled_back():
                # Something else that's rolled back.
                Role.objects.create(name="Auditor")
            assert read() != before
        assert read() == before
        change()
        changed = read()
        assert changed != before
        cache.clear()
        assert read() == changed

    def test_what_was_committed_since_is_cached(self, django_assert_num_queries):
        with transaction.atomic():
            factories.ticket_field("Fresh")
            assert TicketField.cached()
        assert TicketField.cached()
        with django_assert_num_queries(0):
            TicketField.cached()


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


def _migrate() -> None:
    call_command("migrate", "wagtail_portal", verbosity=0)


@pytest.mark.parametrize("name", CACHED)
def test_cache_is_empty_after_a_dump_was_loaded(home, dana, name):
    _change, read = CACHED[name]
    read()
    cached = {key for key in cache._cache if "wagtail_portal" in key}
    assert cached
    _migrate()
    assert not cached & set(cache._cache)


def test_migrating_needs_no_cache_table(settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "missing_table",
        }
    }
    _migrate()
    # The transaction isn't broken.
    assert Status.objects.exists()
