"""Erase what a person wrote, and scrub what was written about them."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Q
from django.utils.functional import cached_property

from wagtail_portal import search
from wagtail_portal.actions.tickets.anonymize_ticket import KEPT_TYPES
from wagtail_portal.actions.tickets.render_messages import save_rendered
from wagtail_portal.models import (
    Attachment,
    Invitation,
    Message,
    MessageKind,
    MessageVersion,
    Notification,
    PendingRequest,
    Rating,
    Ticket,
    TicketField,
    TicketLogEntry,
    UndoStep,
)
from wagtail_portal.utils.typing import User

from ._lock_people import written_by
from ._scrub import Scrubber

CHUNK = 500
#: What can mention someone: the columns, and the path to the ticket.
MENTIONS = (
    (Ticket, ("subject", "values", "answers"), "pk"),
    (Message, ("body", "quoted", "copies"), "ticket"),
    (MessageVersion, ("body",), "message__ticket"),
    (Attachment, ("name",), "ticket"),
    (Attachment, ("name",), "message__ticket"),
    (Rating, ("comment",), "ticket"),
    (TicketLogEntry, ("data",), "ticket"),
    (UndoStep, ("before", "after", "form"), "ticket"),
)
#: The types of ticket fields whose values stay, except for files that are deleted.
STAYING_TYPES = KEPT_TYPES | {"member", "file"}


class TextEraser:
    """Erases a person's texts, in all tickets that they could have written in."""

    def __init__(
        self, user: User, members: Any, scrubber: Scrubber, *, remove: bool, replacement: str
    ) -> None:
        """
        :param remove: whether to erase what they wrote, too.
        :param replacement: the text to put in its place.
        """
        self.user, self.members, self.scrubber = user, members, scrubber
        self.remove, self.replacement = remove, replacement
        self.ids = [member.pk for member in members]
        #: The tickets that are searched through; :meth:`keys` finds them.
        self.tickets = Ticket.objects.none()
        self.own = Message.objects.filter(author=user, from_team=False, kind=MessageKind.REPLY)
        self.changed: set[int] = set()

    def keys(self) -> set[int]:
        """Find the tickets to lock, and return their primary keys: what the person requested or
        wrote in, and what may mention them."""
        found = set(Ticket.objects.filter(written_by([self.user.pk])).values_list("pk", flat=True))
        organizations = {member.organization_id for member in self.members}
        for model, columns, ticket in MENTIONS:
            path = "organization" if ticket == "pk" else f"{ticket}__organization"
            rows = model.objects.filter(**{f"{path}__in": organizations}).order_by()
            for column in columns:
                mentions = self.scrubber.mentioning(rows, column)
                found.update(mentions.values_list(ticket, flat=True))
        self.tickets = Ticket.objects.filter(pk__in=found)
        return found

    def erase(self) -> None:
        """Erase and scrub everything, and update the search index."""
        # Undoing would bring back what's erased now.
        UndoStep.objects.filter(ticket__in=self.tickets).delete()
        self._files()
        if self.remove:
            self.changed.update(self.own.values_list("ticket", flat=True))
            MessageVersion.objects.filter(message__in=self.own).delete()
            self.own.exclude(body="").update(body=self.replacement)
            self.own.update(quoted="")
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

    def _note_changed(self, files: Any) -> None:
        """Note the tickets whose messages have these files, because names of files are indexed."""
        files = list(files)
        for start in range(0, len(files), CHUNK):
            messages = Message.objects.filter(attachments__in=files[start : start + CHUNK])
            self.changed.update(messages.values_list("ticket", flat=True))

    def _messages(self) -> None:
        versions = MessageVersion.objects.filter(message__ticket__in=self.tickets)
        self.scrubber.scrub_column(versions, "body")
        found = self.scrubber.scrub_column(Message.objects.filter(ticket__in=self.tickets), "body")
        for start in range(0, len(found), CHUNK):
            keys = found[start : start + CHUNK]
            rows = Message.objects.filter(pk__in=keys)
            self.changed.update(rows.values_list("ticket", flat=True))
            save_rendered(keys)
        for column in ("quoted", "copies"):
            messages = Message.objects.filter(ticket__in=self.tickets).exclude(**{column: ""})
            self.scrubber.scrub_column(messages, column)

    @cached_property
    def _kept(self) -> set[str]:
        """What can't hold any text: keys of ticket fields, and the urgency."""
        fields = TicketField.objects.filter(type__in=STAYING_TYPES)
        return {"urgency", *fields.values_list("key", flat=True)}

    def _tickets(self) -> None:
        found = {*self.tickets.filter(requester__in=self.ids).values_list("pk", flat=True)}
        for column in ("subject", "values", "answers"):
            rows = self.scrubber.mentioning(self.tickets, column).order_by()
            found.update(rows.values_list("pk", flat=True))
        changes = {}
        for ticket in _in_chunks(found):
            before = ticket.subject, ticket.values, ticket.answers
            after = self._ticket(*before, is_own=ticket.requester_id in self.ids)
            if after != before:
                changes[ticket.pk] = dict(zip(("subject", "values", "answers"), after, strict=True))
        for pk, columns in changes.items():
            Ticket.objects.filter(pk=pk).update(**columns)
        self.changed.update(changes)

    def _ticket(self, subject: str, values: Any, answers: Iterable, *, is_own: bool) -> tuple:
        """Return what remains of a ticket's texts.

        :param is_own: whether the person requested it.
        """
        if self.remove and is_own:
            subject, answers = self.replacement, []
            values = {key: value for key, value in values.items() if self._stays(key, value)}
        max_length = Ticket._meta.get_field("subject").max_length
        subject = self.scrubber.scrub_text(subject)[:max_length]
        return subject, self.scrubber.scrub_value(values), self.scrubber.scrub_value(answers)

    def _stays(self, key: str, value: Any) -> bool:
        """Return whether the value of a ticket field can stay."""
        is_deleted = isinstance(value, dict) and value.get("id") in self.deleted
        return key in self._kept and not is_deleted

    def _ratings(self) -> None:
        if self.remove:
            Rating.objects.filter(member__in=self.ids).update(comment="")
            Invitation.objects.filter(invited_by=self.user).update(note="")
        self.scrubber.scrub_column(Rating.objects.filter(ticket__in=self.tickets), "comment")

    def _log(self) -> None:
        if self.remove:
            self._erase_changes()
        about = Q(ticket__in=self.tickets) | Q(user=self.user)
        self.scrubber.scrub_column(TicketLogEntry.objects.filter(about), "data")

    def _erase_changes(self) -> None:
        """Erase what they once wrote into ticket fields, and what was once in those of their own
        tickets, from the log and from notifications."""
        own = Q(ticket__requester__in=self.ids)
        log = TicketLogEntry.objects.filter(own | Q(user=self.user))
        sent = Notification.objects.filter(own | Q(actor=self.user), event="fields_changed")
        for rows in (log.filter(action="wagtail_portal.change_fields"), sent):
            for pk, data in list(rows.order_by().values_list("pk", "data")):
                changes = {
                    key: [self._logged(key.removeprefix("field:"), value) for value in both]
                    for key, both in data["changes"].items()
                }
                rows.model._base_manager.filter(pk=pk).update(data={**data, "changes": changes})

    def _logged(self, key: str, value: Any) -> Any:
        return value if value is None or self._stays(key, value) else self.replacement


def _in_chunks(keys: Any) -> Iterator:
    """Yield the tickets with these primary keys."""
    keys = sorted(keys)
    for start in range(0, len(keys), CHUNK):
        rows = Ticket.objects.filter(pk__in=keys[start : start + CHUNK])
        yield from rows.only("pk", "subject", "values", "answers", "requester")
