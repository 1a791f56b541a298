"""Delete the portal's pages, data and tables, and everything that refers to them."""

from importlib import import_module

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from wagtail.coreutils import find_available_slug

from wagtail_portal.compat import page_model
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models.cached_rows import delete_cached_rows
from wagtail_portal.models.settings import clear_cache as delete_cached_settings
from wagtail_portal.portal_urls import page_models

from .survey import (
    LABELS,
    content_types,
    default_groups,
    log_entries,
    obstacles,
    own_children,
    portal_models,
    task_results,
)


def remove_portal() -> None:
    """Delete everything that the portal has stored in the database, and its tables.

    The site's own pages below a portal move to the portal's parent. Users, their email addresses
    and the files of attachments stay. The portal doesn't work until it's migrated again.

    :raises Invalid: if something of the site refers to the portal.
    """
    if found := obstacles():
        raise Invalid(" ".join(found))
    with transaction.atomic():
        _delete_rows()
        _delete_pages()
        for log in log_entries():
            log.delete()
        if (tasks := task_results()) is not None:
            tasks.delete()
        groups = default_groups()
        # With their permissions, revisions, references and workflow states.
        for content_type in content_types():
            content_type.delete()
        for group in groups:
            group.delete()
    _drop_tables()
    # A new portal mustn't find anything there.
    delete_cached_rows()
    delete_cached_settings()
    ContentType.objects.clear_cache()


def _delete_rows() -> None:
    """Delete all rows at once, because they refer to each other in circles."""
    models = [model for model in portal_models() if model._meta.app_label == LABELS[0]]
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for model in models:
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names


def _delete_pages() -> None:
    pages = page_model().objects
    ours = (*page_models("home"), *page_models("form"))
    for child in own_children():
        parent = child.get_parent()
        ancestors = parent.get_ancestors(inclusive=True).specific()
        target = [page for page in ancestors if not isinstance(page, ours)][-1]
        slug = find_available_slug(target, child.slug, ignore_page_id=child.pk)
        if slug != child.slug:
            child.slug = slug
            child.save()
        child.move(target, pos="last-child")
    for model in sorted(ours, key=lambda model: model.portal_page):
        # Each from a fresh object, because the tree changes.
        for pk in list(model.objects.order_by("-path").values_list("pk", flat=True)):
            pages.get(pk=pk).specific.delete()


def _drop_tables() -> None:
    others = import_module("wagtail_portal.migrations.0003_search_vectors")
    with connection.constraint_checks_disabled(), connection.schema_editor() as editor:
        others.remove_for_users(None, editor)
        for model in portal_models():
            if not (model._meta.proxy or model._meta.auto_created):
                editor.delete_model(model)
        recorder = MigrationRecorder(connection)
        for app, name in list(recorder.applied_migrations()):
            if app in LABELS:
                recorder.record_unapplied(app, name)
