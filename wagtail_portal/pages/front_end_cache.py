"""Purge pages that show a form from the front-end cache, when the form or its portal changes.

Pages of the portal themselves are never cached. Wagtail purges only the page that has changed.
"""

from django.apps import apps
from django.db.models.signals import post_save
from wagtail.contrib.frontend_cache.utils import PurgeBatch
from wagtail.models import ReferenceIndex
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

from wagtail_portal.compat import AbstractPage, page_model
from wagtail_portal.models import PortalSettings
from wagtail_portal.portal_urls import find_home, form_pages


def purge_pages_with(forms) -> None:
    """Purge the published pages that show one of these forms."""
    if not apps.is_installed("wagtail.contrib.frontend_cache"):
        return
    found = {
        source.pk
        for form in forms
        for source, _references in ReferenceIndex.get_references_to(form).group_by_source_object()
        if isinstance(source, AbstractPage)
    }
    batch = PurgeBatch()
    batch.add_pages(page_model().objects.filter(pk__in=found).live().specific())
    batch.purge()


def _forms_of(page):
    kind = getattr(page.specific_class, "portal_page", "")
    return [page] if kind == "form" else form_pages().descendant_of(page) if kind else []


def _changed(sender, instance, **kwargs):
    if forms := _forms_of(instance):
        purge_pages_with(forms)


def _settings_changed(sender, instance, raw=False, **kwargs):
    if raw:
        # ``loaddata`` loads the settings before their site.
        return
    home = find_home(instance.site)
    if home is not None:
        purge_pages_with(_forms_of(home))


def connect() -> None:
    """Purge from now on."""
    uid = "wagtail_portal.front_end_cache"
    for signal in (page_published, page_unpublished, page_slug_changed, post_page_move):
        signal.connect(_changed, dispatch_uid=uid)
    post_save.connect(_settings_changed, sender=PortalSettings, dispatch_uid=uid)
