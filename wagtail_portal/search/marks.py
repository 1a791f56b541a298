"""How words are marked in the index that don't belong to the conversation that customers read.

No word begins with one of these marks, and none is a symbol that can be searched for.
"""

from wagtail_portal.models import TicketField

from .words import REQUESTER

#: Words of the requester's name, which can change in many tickets at once.
NAME = "@"
#: Words of the requester's email address, which only the team searches.
ADDRESS = "&"
#: The organization: by key, because its name can change.
ORGANIZATION = "%"
#: Words that occur only in internal notes and the names of their files.
NOTE = "!"
#: Words and choices of ticket fields.
FIELD = "/"
#: Words of any ticket field, for the team.
ANY_FIELD = f"{FIELD}="
#: A term that no ticket has, and with which none begins.
NOTHING = f"{FIELD}-"
MARKS = NAME + ADDRESS + ORGANIZATION + NOTE + FIELD


def organization_term(pk: int) -> str:
    """Return the term of the tickets of an organization."""
    return f"{ORGANIZATION}{pk}"


def field_term(field: TicketField, term: str) -> str:
    """Return a term of the value of a ticket field."""
    return f"{FIELD}{field.pk}={term}"


def choice_term(field: TicketField, key: str) -> str:
    """Return the term of a choice of a ticket field."""
    return f"{FIELD}{field.pk}:{''.join(str(key).split())}"


def spellings(term: str, query, word, *, notes: bool) -> list[str]:
    """Return the spellings under which a reader finds ``term`` in the index.

    :param query: the :class:`~.base.Query`, with the ticket fields that the reader sees.
    :param word: the word that ``term`` is a part of.
    :param notes: whether the reader searches internal notes and all ticket fields, too.
    """
    typed = [field for field in query.fields if not field.field_type.has_choices]
    if word.within == REQUESTER:
        return [NAME + term, ADDRESS + term]
    if word.within:
        found = [field_term(field, term) for field in typed if field.key == word.within]
        return found or [NOTHING]
    if notes:
        return [term, NAME + term, ADDRESS + term, NOTE + term, ANY_FIELD + term]
    return [term, NAME + term, *(field_term(field, term) for field in typed)]


def whole_terms(query, word) -> list[str]:
    """Return the terms that stand for a word as a whole: choices of ticket fields with it in their
    label, and organizations with it in their name."""
    choices = [choice_term(field, key) for field, key in query.choices(word)]
    return [*choices, *map(organization_term, word.organizations)]
