"""How the values of ticket fields are indexed."""

from wagtail_portal.models import TicketField

from .words import terms


def fields_by_key(keys) -> dict[str, TicketField]:
    """Return ticket fields by key."""
    keys = set(keys)
    found = TicketField.objects.filter(key__in=keys).only("key", "type") if keys else ()
    return {field.key: field for field in found}


def terms_of_fields(values: dict, fields: dict[str, TicketField]) -> dict[str, None]:
    """Return the terms of ticket fields. Each names its field, so that a search finds only fields
    that the reader sees, as soon as editors show or hide them."""
    found = {}
    for key, stored in values.items():
        if key not in fields or stored is None:
            continue
        field = fields[key]
        if field.field_type.has_choices:
            # Choices are searched for by their labels, which can change.
            chosen = stored if isinstance(stored, list) else [stored]
            found |= dict.fromkeys(choice_term(field, choice) for choice in chosen)
        else:
            text = field.field_type.searched_text(stored)
            found |= dict.fromkeys(field_term(field, term) for term in terms(text))
    return found


def field_term(field: TicketField, term: str) -> str:
    """Return a term of the value of a ticket field. No word of a query begins with a slash."""
    return f"/{field.pk}={term}"


def choice_term(field: TicketField, key: str) -> str:
    """Return the term of a choice of a ticket field."""
    return f"/{field.pk}:{''.join(str(key).split())}"
