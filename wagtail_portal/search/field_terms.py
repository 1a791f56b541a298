"""How the values of ticket fields are indexed."""

from wagtail_portal.models import TicketField

from .marks import ANY_FIELD, choice_term, field_term
from .words import terms


def fields_by_key(keys) -> dict[str, TicketField]:
    """Return ticket fields by key."""
    keys = set(keys)
    found = (
        {field.key: field for field in TicketField.cached() if field.key in keys} if keys else {}
    )
    if missing := keys - found.keys():
        # They may have been added after the others were cached.
        found |= {field.key: field for field in TicketField.objects.filter(key__in=missing)}
    return found


def terms_of_fields(values: dict, fields: dict[str, TicketField]) -> dict[str, None]:
    """Return the terms of ticket fields. Each names its field, so that a search finds only fields
    that the reader sees, as soon as editors show or hide them."""
    found: dict = {}
    for key, stored in values.items():
        if key not in fields or stored is None:
            continue
        field = fields[key]
        if field.field_type.has_choices:
            # Choices are searched for by their labels, which can change.
            for choice in stored if isinstance(stored, list) else [stored]:
                found[choice_term(field, choice)] = None
        else:
            for term in terms(field.field_type.searched_text(stored)):
                found[field_term(field, term)] = found[ANY_FIELD + term] = None
    return found
