"""Check the values of ticket fields before they're stored."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from wagtail.models import Site

from wagtail_portal.exceptions import Invalid
from wagtail_portal.fields import FormContext
from wagtail_portal.fields.context import NO_FILES
from wagtail_portal.models import (
    Attachment,
    Organization,
    PortalSettings,
    Ticket,
    TicketField,
    member_finder,
)
from wagtail_portal.permissions import Actor
from wagtail_portal.utils import held_tickets


def clean_values(
    values: dict,
    *,
    by: Actor,
    organization: Organization,
    site: Site,
    ticket: Ticket | None = None,
) -> dict:
    """Return the checked ``values`` by field key, in the stored form of each field's type. Files
    stay files.

    :param organization: the organization whose members can be values.
    :param ticket: the one that has values already; archived choices among them can stay.
    :raises Invalid: with ``field:<key>`` for each value that its field doesn't accept, for a field
        that doesn't exist, and for one that only the team sets.
    """
    if not values:
        return {}
    fields = _definitions(frozenset(values), ticket)
    has_files = any(field.field_type.is_file for field in fields.values())
    limits = PortalSettings.cached(site).file_limits if has_files else NO_FILES
    context = _context(by, organization, limits)
    cleaned = {}
    errors: dict[str, Any] = {}
    for key, stored in values.items():
        field = fields.get(key)
        if field is None or not (by.is_team or field.customers_may_set):
            errors[f"field:{key}"] = gettext("This field can’t be changed.")
            continue
        old = ticket.values.get(key) if ticket else None
        spec = field.field_type.prepare(
            field.spec().allowing(old), context, [] if old is None else [old]
        )
        form_field = field.field_type.form_field(spec)
        form_field.required = False
        try:
            value = field.field_type.clean_stored(stored, form_field)
        except ValidationError as error:
            errors[f"field:{key}"] = error.messages
            continue
        cleaned[key] = field.field_type.to_json(value)
    if errors:
        raise Invalid(errors)
    return cleaned


def _definitions(keys: frozenset[str], ticket: Ticket | None) -> dict[str, TicketField]:
    # What's cached can be out of date, and this decides what customers may set.
    found = TicketField.objects.filter(key__in=keys).prefetch_related("choices")

    def load(tickets: list[Ticket]) -> dict[str, TicketField]:
        return {field.key: field for field in found}

    return load([]) if ticket is None else held_tickets.shared(keys, ticket, load)


def _context(by: Actor, organization: Organization, limits: Any) -> FormContext:
    """Return the context for the field types, the same as in the forms before the action."""

    def find_uploads(ids: Any) -> Any:
        return list(Attachment.objects.unsent_by(by.user).filter(pk__in=ids)) if by.user else []

    return FormContext(
        file_limits=limits,
        find_uploads=find_uploads,
        find_members=member_finder(organization.pk, by.member),
    )
