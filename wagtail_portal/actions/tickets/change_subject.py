"""Change a ticket's subject."""

from datetime import datetime

from django.utils.translation import gettext

from wagtail_portal import search, signals
from wagtail_portal.actions._log import record
from wagtail_portal.exceptions import Invalid
from wagtail_portal.fields.form import SUBJECT_MAX_LENGTH
from wagtail_portal.models import Ticket
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils import markup

from ._ticket import refuse_conflicts, save, ticket_transaction


def clean_subject(subject: str) -> str:
    """Return a subject as it's stored.

    :raises Invalid: with the key ``subject`` when it's empty or too long.
    """
    subject = markup.clean_line(subject)
    if not subject:
        raise Invalid({"subject": gettext("Enter a subject.")})
    if len(subject) > SUBJECT_MAX_LENGTH:
        text = gettext("The subject can be up to %(limit)d characters long.")
        raise Invalid({"subject": text % {"limit": SUBJECT_MAX_LENGTH}})
    return subject


def change_subject(
    ticket: Ticket,
    *,
    by: Actor,
    subject: str,
    original: str | None = None,
    at: datetime | None = None,
    notify: bool = True,
) -> Ticket:
    """Change the ticket's subject, also for the search, and return the ticket.

    :param original: the subject that the change is based on. If the ticket has another one by now,
        it isn't overwritten.
    :raises NotAllowed: unless ``by`` is an agent who may change the ticket.
    :raises Locked: when the ticket was merged.
    :raises Invalid: with the key ``subject`` when it's empty or too long.
    :raises Conflict: with the key ``subject`` and the current subject.
    """
    by.require_team(Verb.CHANGE)
    subject = clean_subject(subject)
    with ticket_transaction("change_subject", ticket, by=by, verb=Verb.CHANGE, at=at) as at:
        old = ticket.subject
        known = {} if original is None else {"subject": clean_subject(original)}
        refuse_conflicts({"subject": old}, known, {"subject": subject})
        if subject != old:
            ticket.subject = subject
            save(ticket, at, seen_by_customers=True, fields=["subject"])
            search.backend().put([ticket])
            # Without the subjects, because the log outlives the ticket.
            record(ticket, "change_subject", by=by, at=at)
            signals.subject_changed.send(
                sender=Ticket, ticket=ticket, old=old, new=subject, by=by, notify=notify
            )
    return ticket
