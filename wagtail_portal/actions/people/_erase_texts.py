"""Erase what a person wrote, and scrub what was written about them."""

from django.db.models import Q

from wagtail_portal import search
from wagtail_portal.actions.tickets.render_messages import save_rendered
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

from ._lock_people import tickets_about
from ._scrub import Scrubber

CHUNK = 500
#: The types of ticket fields that hold free text.
TEXT_TYPES = {"text", "long_text", "email", "url"}


class TextEraser:
    """Erases a person's texts, in all tickets that they could have written in."""

    def __init__(self, user, members, scrubber: Scrubber, *, remove: bool, replacement: str):
        """
        :param remove: whether to erase what they wrote, too.
        :param replacement: the text to put in its place.
        """
        self.user, self.scrubber = user, scrubber
        self.remove, self.replacement = remove, replacement
        self.ids = [member.pk for member in members]
        self.tickets = Ticket.objects.filter(tickets_about([user.pk]))
        self.own = Message.objects.filter(author=user, from_team=False, kind=MessageKind.REPLY)
        self.changed: set[int] = set()

    def erase(self) -> None:
        """Erase and scrub everything, and update the search index."""
        self._files()
        if self.remove:
            self.changed.update(self.own.values_list("ticket", flat=True))
            self.own.exclude(body="").update(body=self.replacement)
        self._messages()
        self._tickets()
        self._ratings()
        self._log()
        keys = sorted(self.changed)
        for start in range(0, len(keys), CHUNK):
            search.backend().put(Ticket.objects.filter(pk__in=keys[start : start + CHUNK]))

    def _files(self) -> None:
        unsent = Attachment.objects.unsent_by(self.user)
        requests = PendingRequest.objects.filter(address__in=self.scrubber.addresses)
        waiting = Attachment.objects.unsent().filter(request__in=requests)
        files = [*unsent, *waiting]
        if self.remove:
            files += Attachment.objects.filter(message__in=self.own)
            files += Attachment.objects.filter(uploader=self.user, ticket__requester__in=self.ids)
        self._note_changed(file.pk for file in files)
        Attachment.objects.filter(pk__in=[file.pk for file in files]).delete()
        self.deleted = {str(file.pk) for file in files}
        named = Attachment.objects.of_tickets(self.tickets)
        self._note_changed(self.scrubber.scrub_column(named, "name"))

    def _note_changed(self, files) -> None:
        """Note the tickets whose messages have these files, because names of files are indexed."""
        files = list(files)
        for start in range(0, len(files), CHUNK):
            messages = Message.objects.filter(attachments__in=files[start : start + CHUNK])
            self.changed.update(messages.values_list("ticket", flat=True))

    def _messages(self) -> None:
        found = self.scrubber.scrub_column(Message.objects.filter(ticket__in=self.tickets), "body")
        for start in range(0, len(found), CHUNK):
            keys = found[start : start + CHUNK]
            rows = Message.objects.filter(pk__in=keys)
            self.changed.update(rows.values_list("ticket", flat=True))
            save_rendered(keys)

    def _tickets(self) -> None:
        fields = TicketField.objects.filter(type__in=TEXT_TYPES)
        text_keys = set(fields.values_list("key", flat=True))
        found = self.tickets.order_by().only("pk", "subject", "values", "answers", "requester")
        changes = {}
        for ticket in found.iterator(CHUNK):
            before = ticket.subject, ticket.values, ticket.answers
            after = self._ticket(*before, text_keys if ticket.requester_id in self.ids else None)
            if after != before:
                changes[ticket.pk] = dict(zip(("subject", "values", "answers"), after, strict=True))
        for pk, columns in changes.items():
            Ticket.objects.filter(pk=pk).update(**columns)
        self.changed.update(changes)

    def _ticket(self, subject, values, answers, text_keys) -> tuple:
        """Return what remains of a ticket's texts.

        :param text_keys: the keys of fields to erase; None for someone else's ticket.
        """
        if self.remove and text_keys is not None:
            subject, answers = self.replacement, []
            values = {
                key: value
                for key, value in values.items()
                if key not in text_keys and not self._is_deleted(value)
            }
        max_length = Ticket._meta.get_field("subject").max_length
        subject = self.scrubber.scrub_text(subject)[:max_length]
        return subject, self.scrubber.scrub_value(values), self.scrubber.scrub_value(answers)

    def _is_deleted(self, value) -> bool:
        return isinstance(value, dict) and value.get("id") in self.deleted

    def _ratings(self) -> None:
        if self.remove:
            Rating.objects.filter(member__in=self.ids).update(comment="")
            Invitation.objects.filter(invited_by=self.user).update(note="")
        self.scrubber.scrub_column(Rating.objects.filter(ticket__in=self.tickets), "comment")

    def _log(self) -> None:
        """Scrub the log, whose labels hold former subjects, even those of deleted tickets."""
        if self.remove:
            own = Ticket.objects.filter(requester__in=self.ids).order_by()
            for pk, number in list(own.values_list("pk", "number")):
                TicketLogEntry.objects.filter(ticket=pk).update(label=f"#{number}")
            self._erase_changes()
        about = Q(ticket__in=self.tickets) | Q(user=self.user)
        for term in self.scrubber.search_terms:
            about |= Q(label__icontains=term)
        found = TicketLogEntry.objects.filter(about)
        self.scrubber.scrub_column(found, "label")
        self.scrubber.scrub_column(found, "data")

    def _erase_changes(self) -> None:
        """Erase what they once wrote into ticket fields."""
        theirs = TicketLogEntry.objects.filter(user=self.user).order_by()
        rows = [row for row in theirs.values_list("pk", "data") if "changes" in row[1]]
        for pk, data in rows:
            changes = dict.fromkeys(data["changes"])
            TicketLogEntry.objects.filter(pk=pk).update(data={**data, "changes": changes})
