"""Change what the team notes about an organization or a member."""

from datetime import datetime
from typing import Any, cast

from django.db import transaction
from django.utils.translation import ngettext

from wagtail_portal.actions._locks import lock_row
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Conflict, Invalid, NotAllowed
from wagtail_portal.models import Member, Organization
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils.text import clean

#: Characters of notes: they're shown as a whole.
NOTES_LENGTH = 5000


def change_notes(
    customer: Organization | Member,
    *,
    by: Actor,
    notes: str,
    original: str | None = None,
    at: datetime | None = None,
) -> Organization | Member:
    """Change the notes about an organization or a member, and return it. Only the team reads them.

    :param original: the notes that the change is based on. If they're other ones by now, they
        aren't overwritten.
    :raises NotAllowed: unless ``by`` is an agent who may write internal notes, and this
        organization is within their reach.
    :raises Invalid: with the key ``notes`` for more than
        :data:`NOTES_LENGTH` characters.
    :raises Conflict: with the current ``notes``.
    """
    by.require_team(Verb.NOTE)
    notes = clean(notes)
    if len(notes) > NOTES_LENGTH:
        text = ngettext(
            "Notes can have up to %(number)d character.",
            "Notes can have up to %(number)d characters.",
            NOTES_LENGTH,
        )
        raise Invalid({"notes": text % {"number": NOTES_LENGTH}})
    with transaction.atomic():
        lock_row(customer, by=by)
        is_member = isinstance(customer, Member)
        by.require_team(Verb.NOTE)
        if not by.acts_for(cast(Any, cast(Any, customer).organization if is_member else customer)):
            raise NotAllowed(Verb.NOTE)
        if original is not None and original != customer.notes:
            raise Conflict({"notes": customer.notes})
        if notes != customer.notes:
            customer.notes = notes
            customer.save(update_fields=["notes"])
            record(customer, "change_notes", by=by, at=at)
    return customer
