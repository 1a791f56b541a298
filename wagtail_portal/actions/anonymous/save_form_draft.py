"""Save or discard a member's draft of a ticket form."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from wagtail_portal.actions._locks import reload_actor
from wagtail_portal.models import FormDraft
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils import markup
from wagtail_portal.utils.rows import delete_some


def save_form_draft(form: Any, *, by: Actor, data: dict[str, list[str]]) -> None:
    """Save a member's draft of the form page.

    :param data: lists of texts by field name.
    :raises NotAllowed: unless ``by`` is a member who may open tickets.
    """
    by.require_member(Verb.OPEN)
    cleaned = {name: [markup.clean(value) for value in values] for name, values in data.items()}
    with transaction.atomic():
        # They may have been erased a moment ago.
        reload_actor(by)
        member = by.require_member(Verb.OPEN)
        changes = {"data": cleaned, "updated_at": timezone.now()}
        FormDraft.objects.update_or_create(member=member, form_id=form.pk, defaults=changes)


def discard_form_draft(form: Any, *, by: Actor) -> None:
    """Delete a member's draft of the form page, if there is one."""
    FormDraft.objects.filter(member=by.member, form_id=form.pk).delete()


def discard_form_drafts(*, older_than: timedelta, most: int | None = None) -> int:
    """Delete drafts that haven't changed for ``older_than``, and return how many.

    :param most: how many to delete now; None for all.
    """
    old = FormDraft.objects.filter(updated_at__lt=timezone.now() - older_than)
    return delete_some(old, most)
