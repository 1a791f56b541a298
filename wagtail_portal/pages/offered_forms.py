"""Whether a portal has a form for a member, without a query on every page.

What decides about it is cached for each portal home, and cleared when a page changes.
"""

import django
import wagtail
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save
from wagtail.models import Page
from wagtail.signals import page_published, page_unpublished, post_page_move

from wagtail_portal import __version__
from wagtail_portal.models import Member
from wagtail_portal.portal_urls import page_models
from wagtail_portal.utils.shared_cache import shared_cache

#: Limits how long a process can use what it read just before a change.
CACHE_SECONDS = 300


def offers_form(home, member: Member) -> bool:
    """Return whether ``home`` has a live form for the member, as far as their organization and role
    decide."""
    if home.pk is None:
        # The preview of a new portal, whose forms come later.
        return True
    audiences = shared_cache.get(_key(home.pk))
    if audiences is None:
        audiences = _audiences(home)
        shared_cache.set(_key(home.pk), audiences, CACHE_SECONDS)
    return any(
        (not organizations or member.organization_id in organizations)
        and (not roles or member.role_id in roles)
        for organizations, roles in audiences
    )


def _audiences(home) -> list[tuple[set[int], set[int]]]:
    """Return the primary keys of organizations and of roles that each live form is for; no keys
    for all."""
    found = []
    for form_class in page_models("form"):
        forms = list(form_class._default_manager.child_of(home).live())
        roles = form_class.roles_by_form(forms) if forms else {}
        found += [
            (set(), set())
            if form.is_for_anyone
            else (form.organization_ids, roles.get(form.pk, set()))
            for form in forms
        ]
    return found


def _key(pk: int) -> str:
    versions = f"{__version__}:{django.__version__}:{wagtail.__version__}"
    return f"wagtail_portal:offered_forms:{versions}:{pk}"


def _clear(**kwargs) -> None:
    """Clear what's cached for all homes, now and after the change is committed."""
    homes = page_models("home")
    keys = [_key(pk) for home in homes for pk in home._default_manager.values_list("pk", flat=True)]
    shared_cache.delete_many(keys)
    transaction.on_commit(lambda: shared_cache.delete_many(keys))


def _page_changed(sender, **kwargs) -> None:
    if isinstance(sender, type) and issubclass(sender, Page) and hasattr(sender, "portal_page"):
        _clear()


def connect() -> None:
    """Clear the cache when a form or a portal home changes."""
    uid = "wagtail_portal.offered_forms"
    for signal in (page_published, page_unpublished, post_page_move, post_save, post_delete):
        signal.connect(_page_changed, dispatch_uid=uid)
    for form_class in page_models("form"):
        # An editor's choice of roles is saved after the form.
        through = form_class.for_roles.through
        m2m_changed.connect(_clear, sender=through, dispatch_uid=uid)
        for signal in (post_save, post_delete):
            signal.connect(_clear, sender=through, dispatch_uid=f"{uid}.roles")
