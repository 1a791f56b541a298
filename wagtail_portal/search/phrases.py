"""Texts that must occur as they were entered, which an index of words doesn't know."""

import re

from django.db import models
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from wagtail_portal.models import Message, MessageKind


def with_phrases(condition: Q, query, notes: bool) -> Q:
    """Return ``condition`` for the words of ``query``, with a condition for each of its phrases.

    Only the tickets that have all words are read.
    """
    said = [_said(phrase, notes) for phrase in query.phrases]
    return Q(condition, *said) if said else condition


def _said(phrase: str, notes: bool) -> Q:
    """Return the condition that a phrase is in the subject or a message of a ticket, whatever
    stands between its words."""
    pattern = r"\W+".join(re.escape(word) for word in re.findall(r"\w+", phrase))
    if not pattern:
        return Q()
    messages = Message.objects.filter(ticket=OuterRef("pk"), body__iregex=pattern).order_by()
    if not notes:
        messages = messages.exclude(kind=MessageKind.NOTE)
    # As a single value, PostgreSQL can't look for the phrase in all messages first.
    found = Subquery(messages.annotate(found=Value(True)).values("found")[:1])
    is_said = Coalesce(found, Value(False), output_field=models.BooleanField())
    return Q(subject__iregex=pattern) | Q(is_said)
