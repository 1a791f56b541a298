"""Erase what a person wrote, and scrub what was written about them."""

from functools import partial

from django.db import transaction
from django.db.models import Q

from wagtail_portal import search
from wagtail_portal.models import (
    Attachment,
    Invitation,
    Message,
    MessageKind,
    PendingRequest,
    Rating,
    Ticket,
    TicketField,
    TicketLogEntry,
)

from ._scrub import Scrubber

CHUNK = 500
#: The types of ticket fields that hold free text.
TYPED = {"text", "long_text", "email", "url"}


class Texts:
    """The texts of all tickets that the person could have written in."""

    def __init__(self, user, members, scrubber: Scrubber, *, remove: bool, instead: str):
        """
        :param remove: whether to erase what they wrote, too.
        :param instead: the text to put in its place.
        """
        self.user, self.scrubber, self.remove, self.instead = user, scrubber, remove, instead
        self.ids = [member.pk for member in members]
        organizations = {member.organization_id for member in members}
        wrote = Message.objects.filter(author=user).values("ticket")
        self.tickets = Ticket.objects.filter(
            Q(organization__in=organizations) | Q(requester__in=self.ids) | Q(pk__in=wrote)
        )
        self.own = Message.objects.filter(author=user, from_team=False, kind=MessageKind.REPLY)
        self.changed: set[int] = set()

    def erase(self) -> None:
        """Erase and scrub everything, and update the search index."""
        self._files()
        if self.remove:
            self.changed.update(self.own.values_list("ticket", flat=True))
            self.own.exclude(body="").update(body=self.instead)
        self._messages()
        self._tickets()
        self._ratings()
        self._log()
        for start in range(0, len(keys := sorted(self.changed)), CHUNK):
            search.backend().put(Ticket.objects.filter(pk__in=keys[start : start + CHUNK]))

    def _files(self) -> None:
        unsent = Attachment.objects.unsent_by(self.user)
        requests = PendingRequest.objects.filter(address__in=self.scrubber.addresses)
        waiting = Attachment.objects.unsent().filter(request__in=requests)
        doomed = [*unsent, *waiting]
        if self.remove:
            doomed += Attachment.objects.filter(message__in=self.own)
            doomed += Attachment.objects.filter(uploader=self.user, ticket__requester__in=self.ids)
        for file in doomed:
            for stored in file.stored_files:
                # After the commit, because a storage isn't part of the transaction.
                transaction.on_commit(partial(stored.storage.delete, stored.name), robust=True)
        Attachment.objects.filter(pk__in=[file.pk for file in doomed]).delete()
        self.gone = {str(file.pk) for file in doomed}
        self.scrubber.column(Attachment.objects.of_tickets(self.tickets), "name")

    def _messages(self) -> None:
        found = self.scrubber.column(Message.objects.filter(ticket__in=self.tickets), "body")
        for start in range(0, len(found), CHUNK):
            rows = Message.objects.filter(pk__in=found[start : start + CHUNK])
            self.changed.update(rows.values_list("ticket", flat=True))

    def _tickets(self) -> None:
        typed = set(TicketField.objects.filter(type__in=TYPED).values_list("key", flat=True))
        found = self.tickets.order_by().only("pk", "subject", "values", "answers", "requester")
        changes = {}
        for ticket in found.iterator(CHUNK):
            before = ticket.subject, ticket.values, ticket.answers
            after = self._ticket(*before, typed if ticket.requester_id in self.ids else None)
            if after != before:
                changes[ticket.pk] = dict(zip(("subject", "values", "answers"), after, strict=True))
        for pk, columns in changes.items():
            Ticket.objects.filter(pk=pk).update(**columns)
        self.changed.update(changes)

    def _ticket(self, subject, values, answers, typed) -> tuple:
        """Return what is left of a ticket's texts.

        :param typed: the keys of fields to erase; None for a ticket of somebody else.
        """
        if self.remove and typed is not None:
            subject, answers = self.instead, []
            values = {
                key: value
                for key, value in values.items()
                if key not in typed and not self._is_gone(value)
            }
        subject = self.scrubber.line(subject, Ticket._meta.get_field("subject"))
        return subject, self.scrubber.value(values), self.scrubber.value(answers)

    def _is_gone(self, value) -> bool:
        return isinstance(value, dict) and value.get("id") in self.gone

    def _ratings(self) -> None:
        if self.remove:
            Rating.objects.filter(member__in=self.ids).update(comment="")
            Invitation.objects.filter(invited_by=self.user).update(note="")
        self.scrubber.column(Rating.objects.filter(ticket__in=self.tickets), "comment")

    def _log(self) -> None:
        """Scrub the log, whose labels hold former subjects, even those of deleted tickets."""
        if self.remove:
            own = Ticket.objects.filter(requester__in=self.ids).order_by()
            for pk, number in list(own.values_list("pk", "number")):
                TicketLogEntry.objects.filter(ticket=pk).update(label=f"#{number}")
            self._forget_changes()
        about = Q(ticket__in=self.tickets) | Q(user=self.user)
        for needle in self.scrubber.needles:
            about |= Q(label__icontains=needle)
        found = TicketLogEntry.objects.filter(about)
        self.scrubber.column(found, "label")
        self.scrubber.column(found, "data")

    def _forget_changes(self) -> None:
        """Erase what they once wrote into ticket fields."""
        theirs = TicketLogEntry.objects.filter(user=self.user).order_by()
        rows = [row for row in theirs.values_list("pk", "data") if "changes" in row[1]]
        for pk, data in rows:
            changes = dict.fromkeys(data["changes"])
            TicketLogEntry.objects.filter(pk=pk).update(data={**data, "changes": changes})
