"""Find what uninstalling would delete, and what prevents it."""

from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.utils.text import capfirst
from wagtail.models import (
    GroupCollectionPermission,
    ModelLogEntry,
    PageLogEntry,
    ReferenceIndex,
    Site,
)

from wagtail_portal.compat import AbstractPage, page_model
from wagtail_portal.models.default_groups import GROUPS
from wagtail_portal.portal_urls import page_models

#: The labels of the portal's apps.
LABELS = ("wagtail_portal", "wagtail_portal_pages")
#: What Wagtail's migrations give to everyone in the admin.
OF_EVERY_AGENT = ("access_admin", "choose_image", "choose_document")


def portal_models() -> list[Any]:
    """Return the models of the portal's apps, with those of many-to-many relations."""
    models = apps.get_models(include_auto_created=True)
    return [model for model in models if model._meta.app_label in LABELS]


def content_types() -> QuerySet:
    """Return the content types of the portal's models, also of former ones."""
    return ContentType.objects.filter(app_label__in=LABELS)


def portal_pages() -> QuerySet:
    """Return the portal's pages: portals and forms."""
    types = ContentType.objects.get_for_models(*page_models("home"), *page_models("form"))
    return page_model().objects.filter(content_type__in=list(types.values())).order_by("path")


def own_children() -> list[AbstractPage]:
    """Return the outermost pages of the site's own that are below a portal."""
    pages: Any = page_model().objects
    ours, found = list(portal_pages()), []
    keys = {page.pk for page in ours}
    for page in ours:
        found += [child for child in pages.child_of(page) if child.pk not in keys]
    return found


def referring() -> list[Any]:
    """Return what refers to pages of the portal, such as pages that embed a form."""
    ours = {page.pk for page in portal_pages()}
    found: dict = {}
    for page in portal_pages():
        for source, _references in ReferenceIndex.get_grouped_references_to(page):
            if not (isinstance(source, AbstractPage) and source.pk in ours):
                found[source._meta.label, source.pk] = source
    return [source for source in found.values() if source._meta.app_label not in LABELS]


def log_entries() -> list[QuerySet]:
    """Return the entries of Wagtail's logs about the portal."""
    about = Q(content_type__in=content_types()) | Q(action__startswith="wagtail_portal.")
    return [ModelLogEntry.objects.filter(about), PageLogEntry.objects.filter(about)]


def default_groups() -> list[Group]:
    """Return the portal's groups for the team that the site doesn't use for anything else."""
    others = Permission.objects.exclude(
        Q(content_type__in=content_types()) | Q(codename__in=OF_EVERY_AGENT)
    )
    collections = GroupCollectionPermission.objects.filter(permission__in=others)
    found = Group.objects.filter(name__in=GROUPS, page_permissions=None)
    found = found.exclude(permissions__in=others).exclude(pk__in=collections.values("group"))
    return list(found.order_by("name"))


def task_results() -> QuerySet | None:
    """Return the portal's background tasks in the database; None if the site has no such queue."""
    if not apps.is_installed("django_tasks_db"):
        return None
    results: Any = apps.get_model("django_tasks_db", "DBTaskResult")  # type: ignore[misc]
    return results.objects.filter(task_path__startswith="wagtail_portal.")


def obstacles() -> list[str]:
    """Return why the portal can't be uninstalled yet, as sentences."""
    found = [
        f"The portal is the root page of the site “{site}”. Choose another root page."
        for site in Site.objects.filter(root_page__in=portal_pages().values("pk"))
    ]
    ours = set(portal_models())
    for model in apps.get_models(include_auto_created=True):
        related = {field.related_model for field in model._meta.get_fields() if field.concrete}
        is_built_on_it = issubclass(model, tuple(ours)) or hasattr(model, "portal_page")
        if model not in ours and (related & ours or is_built_on_it):
            name = model._meta.label
            found.append(f"{name} refers to the portal. Remove it, and run its migrations.")
    return found


def survey() -> list[tuple[str, int]]:
    """Return what uninstalling deletes: names with numbers, without what there's none of."""
    rows = [
        (capfirst(str(model._meta.verbose_name_plural)), model._base_manager.count())
        for model in portal_models()
        if model._meta.app_label == LABELS[0] and not model._meta.auto_created
    ]
    logs, tasks = log_entries(), task_results()
    rows += [
        ("Pages of the portal", portal_pages().count()),
        ("Groups", len(default_groups())),
        ("Permissions", Permission.objects.filter(content_type__in=content_types()).count()),
        ("Entries of the site history", sum(log.count() for log in logs)),
        ("Background tasks", 0 if tasks is None else tasks.count()),
    ]
    return [row for row in rows if row[1]]
