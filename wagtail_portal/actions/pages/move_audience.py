"""Show the content for an organization to another one: in pages, and in all their revisions."""

import json
from typing import Any

from wagtail.fields import StreamField
from wagtail.models import ReferenceIndex, Revision

from wagtail_portal.models import Organization
from wagtail_portal.portal_urls import page_models

#: The name of a form's field with organizations, and of that part of a block.
NAME = "for_organizations"


def pages_for(organization: Organization) -> list[Any]:
    """Return the portal homes and forms with something that's only for some organizations, this one
    among them, in their published version or draft."""
    found = []
    for kind in ("home", "form"):
        for model in page_models(kind):
            for page in model._default_manager.select_related("latest_revision"):
                draft = page.latest_revision
                versions = [_columns(page), _streams(page, draft.content) if draft else {}]
                if any(_moved(version, organization.pk, 0) for version in versions):
                    found.append(page)
    return found


def move_audience(source: Organization, into: Organization) -> None:
    """Let what's only for ``source`` be for the organization ``into``, also in drafts and earlier
    versions of a page."""
    for kind in ("home", "form"):
        for model in page_models(kind):
            for page in model._default_manager.all():
                _move_in_page(page, source.pk, into.pk)


def _move_in_page(page: Any, old: int, new: int) -> None:
    changed = _moved(_columns(page), old, new)
    if changed:
        pages, get_field = type(page)._default_manager, page._meta.get_field
        fields = {name: get_field(name).to_python(text) for name, text in changed.items()}
        pages.filter(pk=page.pk).update(**fields)
        ReferenceIndex.create_or_update_for_object(pages.get(pk=page.pk))
    for revision in page.revisions.only("content").iterator():
        if changed := _moved(_streams(page, revision.content), old, new):
            content = {**revision.content, **changed}
            Revision.objects.filter(pk=revision.pk).update(content=content)


def _columns(page: Any) -> dict[str, str]:
    """Return the page's streams as a revision stores them."""
    return {field.name: field.value_to_string(page) for field in _stream_fields(page)}


def _streams(page: Any, content: dict) -> dict[str, Any]:
    """Return the streams of a revision. Other texts can begin with a bracket, too."""
    names = {field.name for field in _stream_fields(page)}
    return {name: text for name, text in content.items() if name in names}


def _stream_fields(page: Any) -> list[StreamField]:
    return [field for field in page._meta.get_fields() if isinstance(field, StreamField)]


def _moved(columns: dict, old: int, new: int) -> dict[str, str]:
    """Return those of the streams that name the organization ``old``, with ``new`` instead."""
    found = {}
    for name, text in columns.items():
        if not (isinstance(text, str) and text.startswith("[") and f"{old}" in text):
            continue
        rows = json.loads(text)
        changed = _replaced(rows if name != NAME else {NAME: rows}, old, new)
        changed = changed[NAME] if name == NAME else changed
        if changed != rows:
            found[name] = json.dumps(changed)
    return found


def _replaced(value: Any, old: int, new: int) -> Any:
    if isinstance(value, list):
        return [_replaced(row, old, new) for row in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _organizations(row, old, new) if key == NAME else _replaced(row, old, new)
        for key, row in value.items()
    }


def _organizations(rows: Any, old: int, new: int) -> Any:
    """Replace one of the organizations in a stored value, unless the other one is there, too."""
    if not isinstance(rows, list):
        return rows
    known = [row.get("value") for row in rows]
    if old not in known:
        return rows
    if new in known:
        return [row for row in rows if row.get("value") != old]
    return [{**row, "value": new} if row.get("value") == old else row for row in rows]
