"""Whether a portal has a form for a member, without a query on every page.

What decides about it is cached for each portal home, and cleared when a page changes.
"""

import django
import wagtail
from django.db.models.signals import m2m_changed, post_delete, post_save
from wagtail.models import PageViewRestriction, Site
from wagtail.signals import page_published, page_unpublished, post_page_move

from wagtail_portal import __version__
from wagtail_portal.compat import AbstractPage
from wagtail_portal.models import Member, PortalSettings, meets
from wagtail_portal.models.cached_rows import delete_cached, from_cache
from wagtail_portal.models.settings import cache_key as settings_key
from wagtail_portal.portal_urls import page_models
from wagtail_portal.signals import organizations_merged
from wagtail_portal.utils.shared_cache import shared_cache

from .privacy import groups_by_page, is_in_groups

#: Where a portal home keeps what was read with :func:`read_cache`.
ATTRIBUTE = "_wagtail_portal_audiences"


def read_cache(request, home, *more: str) -> None:
    """Read all that's cached for a page of the portal at once: the settings, and what decides about
    the forms.

    :param more: further keys that are about to be read.
    """
    site, key = Site.find_for_request(request), _key(home.pk)
    shared_cache.read_ahead(key, *([settings_key(site.pk)] if site else []), *more)
    if site and (settings := shared_cache.get(settings_key(site.pk))):
        PortalSettings.use(request, settings)
    setattr(home, ATTRIBUTE, shared_cache.get(key))


def offers_form(home, member: Member) -> bool:
    """Return whether ``home`` has a live form for the member, as far as their organization and role
    decide."""
    if home.pk is None:
        # The preview of a new portal, whose forms come later.
        return True
    audiences = home.__dict__.get(ATTRIBUTE) or from_cache(_key(home.pk), lambda: _audiences(home))
    return any(
        (not organizations or member.organization_id in organizations)
        and meets(member, conditions)
        and (not roles or member.role_id in roles)
        and (groups is None or is_in_groups(member.user, groups))
        for organizations, conditions, roles, groups in audiences
    )


def _audiences(home) -> list[tuple[set[int], list, set[int], set[int] | None]]:
    """Return the primary keys of organizations, the conditions for customers, and the primary keys
    of roles and groups that each live form is for; none of the former, or None, for all."""
    found = []
    for form_class in page_models("form"):
        forms = list(form_class._default_manager.child_of(home).live())
        roles = form_class.roles_by_form(forms) if forms else {}
        groups = groups_by_page(forms)
        form_class.read_conditions(forms)
        found += [
            (set(), [], set(), groups.get(form.pk))
            if form.is_for_anyone
            else (
                form.organization_ids,
                form.customer_conditions,
                roles.get(form.pk, set()),
                groups.get(form.pk),
            )
            for form in forms
        ]
    return found


def _key(pk: int) -> str:
    versions = f"{__version__}:{django.__version__}:{wagtail.__version__}"
    return f"wagtail_portal:form_audiences:{versions}:{pk}"


def clear(**kwargs) -> None:
    """Clear what's cached for all homes, now and after the change is committed."""
    homes = page_models("home")
    delete_cached(
        _key(pk) for home in homes for pk in home._default_manager.values_list("pk", flat=True)
    )


def _page_changed(sender, **kwargs) -> None:
    if (
        isinstance(sender, type)
        and issubclass(sender, AbstractPage)
        and hasattr(sender, "portal_page")
    ):
        clear()


def connect() -> None:
    """Clear the cache when a form or a portal home changes."""
    uid = "wagtail_portal.offered_forms"
    for signal in (page_published, page_unpublished, post_page_move, post_save, post_delete):
        signal.connect(_page_changed, dispatch_uid=uid)
    organizations_merged.connect(clear, dispatch_uid=uid)
    groups = PageViewRestriction.groups.through
    for signal in (post_save, post_delete):
        signal.connect(clear, sender=PageViewRestriction, dispatch_uid=f"{uid}.privacy")
    m2m_changed.connect(clear, sender=groups, dispatch_uid=f"{uid}.groups")
    for form_class in page_models("form"):
        # An editor's choice of roles is saved after the form.
        through = form_class.for_roles.through
        m2m_changed.connect(clear, sender=through, dispatch_uid=uid)
        for signal in (post_save, post_delete):
            signal.connect(clear, sender=through, dispatch_uid=f"{uid}.roles")
