"""A ticket gets a better subject."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_portal import search, signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.fields.form import SUBJECT_MAX_LENGTH
from wagtail_portal.models import Ticket
from wagtail_portal.permissions import Verb
from wagtail_portal.utils import markup

from ._ticket import lock, save


def clean_subject(subject: str) -> str:
    """The subject as it is kept.

    :raises Invalid: with the key ``subject`` when it is empty or too long.
    """
    subject = markup.clean_line(subject)
    if not subject:
        raise Invalid({"subject": gettext("Give the ticket a subject.")})
    if len(subject) > SUBJECT_MAX_LENGTH:
        words = gettext("The subject can have up to %(limit)d characters.")
        raise Invalid({"subject": words % {"limit": SUBJECT_MAX_LENGTH}})
    return subject


def change_subject(ticket: Ticket, *, by, subject: str, at=None, notify: bool = True) -> Ticket:
    """Give the ticket another subject, under which it is found from now on.

    :raises NotAllowed: for customers, and for agents who may not change tickets.
    :raises Invalid: with the key ``subject`` when it is empty or too long.
    """
    by.require(Verb.CHANGE, ticket)
    if not by.is_team:
        raise NotAllowed(Verb.CHANGE)
    subject = clean_subject(subject)
    at = at or timezone.now()
    with transaction.atomic():
        lock(ticket)
        old = ticket.subject
        if subject != old:
            ticket.subject = subject
            save(ticket, at, seen_by_customers=True, fields=["subject"])
            search.backend().put([ticket])
            # Not the words: the log outlives them.
            record(ticket, "change_subject", by=by, at=at)
            signals.subject_changed.send(
                sender=Ticket, ticket=ticket, old=old, new=subject, by=by, notify=notify
            )
    return ticket
