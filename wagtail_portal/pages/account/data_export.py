"""Export what the portal stores about a person: a ZIP file with JSON and their files.

It contains their profile and what they wrote and did. It doesn't contain what others wrote,
internal notes, or fields that customers can't see.
"""

import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q
from django.utils import timezone
from wagtail.models import ModelLogEntry

from wagtail_portal.models import (
    Attachment,
    CustomerField,
    DesignatedField,
    Follower,
    FormDraft,
    Invitation,
    JoinRequest,
    Member,
    Message,
    MessageKind,
    MessageVersion,
    Mute,
    Notification,
    NotificationPreferences,
    Rating,
    SavedFilter,
    Ticket,
    TicketLogEntry,
    addresses_of,
    customer_values,
    profile_of,
)
from wagtail_portal.utils.storage import reading_storage
from wagtail_portal.utils.users import full_name

#: Rows that are in memory at once.
CHUNK = 500


class PersonalData:
    """All data about one user, in sections that are read while they are written."""

    def __init__(self, user):
        self.user = user
        self.members = list(
            Member.objects.filter(user=user).select_related("organization", "role").order_by("pk")
        )
        self.ids = [member.pk for member in self.members]

    def sections(self) -> dict[str, object]:
        """Return the sections by name: values, or iterators of rows."""
        return {
            "made_at": timezone.now(),
            "person": self.person(),
            "memberships": map(self._membership, self.members),
            "tickets": self.tickets(),
            "messages": self.messages(),
            "earlier_versions_of_messages": self._rows(
                MessageVersion.objects.filter(message__in=self._messages()).order_by("pk"),
                *("message__ticket__number", "message", "body", "replaced_at"),
            ),
            "ratings": self._rows(
                Rating.objects.filter(member__in=self.ids).order_by("pk"),
                *("ticket__number", "score", "comment", "created_at", "updated_at"),
            ),
            "followed_tickets": self._followed(),
            "muted_tickets": self._rows(
                Mute.objects.filter(member__in=self.ids), "ticket__number", "created_at"
            ),
            "invitations_sent": self._rows(
                Invitation.objects.filter(invited_by=self.user).order_by("pk"),
                *("organization__name", "email", "role__name", "note", "created_at"),
                *("expires_at", "accepted_at", "withdrawn_at"),
            ),
            "invitations_received": self._rows(
                Invitation.objects.filter(email__in=addresses_of(self.user)).order_by("pk"),
                *("organization__name", "role__name", "created_at", "accepted_at"),
            ),
            "requests_to_join": self._rows(
                JoinRequest.objects.filter(user=self.user),
                *("organization__name", "created_at", "decided_at", "approved"),
            ),
            "saved_filters": self._rows(
                SavedFilter.objects.filter(member__in=self.ids),
                *("name", "query", "shared", "created_at"),
            ),
            "drafts_of_forms": self._rows(
                FormDraft.objects.filter(member__in=self.ids), "form__title", "data", "updated_at"
            ),
            "emails": self._rows(
                Notification.objects.filter(member__in=self.ids, to_team=False).order_by("pk"),
                *("event", "ticket__number", "created_at", "sent_at", "state"),
            ),
            "log": self.log(),
            "files": map(self._file_row, self.files()),
        }

    def person(self) -> dict:
        """Return name, email address, language and time zone."""
        profile = profile_of(self.user)
        return {
            "name": full_name(self.user),
            "email": self._address(),
            "email_addresses": addresses_of(self.user),
            "language": profile.language,
            "time_zone": profile.time_zone,
            "last_sign_in": self.user.last_login,
        }

    def tickets(self) -> Iterator[dict]:
        """Yield the tickets that they opened, with the fields that customers see."""
        shown = set()
        for row in DesignatedField.objects.shown().select_related("ticket_field", "settings"):
            shown.add((row.settings.site_id, row.key))
        for member in self.members:
            found = Ticket.objects.visible_to(member).filter(requester=member).order_by("pk")
            for ticket in found.select_related("status").iterator(CHUNK):
                yield _ticket(ticket, member, shown)

    def messages(self) -> Iterator[dict]:
        """Yield what they wrote as a customer."""
        return self._rows(
            self._messages().order_by("pk"), "ticket__number", "pk", "body", "quoted", "created_at"
        )

    def files(self):
        """Yield what they attached, or uploaded ahead of a message."""
        sent = Q(message__in=self._messages())
        own_tickets = Ticket.objects.filter(requester__in=self.ids)
        unsent_or_field = Q(uploader=self.user, message=None)
        in_tickets = Q(ticket=None) | Q(ticket__in=own_tickets)
        return (
            Attachment.objects.filter(sent | unsent_or_field & in_tickets)
            .select_related("message__ticket", "ticket")
            .order_by("created_at", "pk")
        )

    def log(self) -> Iterator[dict]:
        """Yield what they did as a customer, from the audit log."""
        of_tickets = TicketLogEntry.objects.filter(user=self.user).order_by("pk")
        others = ModelLogEntry.objects.filter(
            user=self.user, action__startswith="wagtail_portal."
        ).order_by("pk")
        found = chain(
            of_tickets.values("ticket__number", "action", "timestamp", "data").iterator(CHUNK),
            others.values("action", "timestamp", "data").iterator(CHUNK),
        )
        for row in found:
            if row.pop("data").get("side") == "customer":
                yield _named(row)

    def _messages(self):
        own = {"author": self.user, "from_team": False, "kind": MessageKind.REPLY}
        return Message.objects.filter(**own)

    def _address(self) -> str:
        return getattr(self.user, self.user.get_email_field_name())

    def _rows(self, found, *columns) -> Iterator[dict]:
        return map(_named, found.values(*columns).iterator(CHUNK))

    def _membership(self, member) -> dict:
        preferences = NotificationPreferences.objects.filter(member=member).first()
        fields = {}
        for field in CustomerField.objects.shown_to(member):
            stored = customer_values(member, field.about).get(field.key)
            if stored is not None:
                fields[field.column_key] = stored
        return {
            "organization": member.organization.name,
            "role": member.role.localized_name,
            "joined_at": member.joined_at,
            "first_signed_in_at": member.activated_at,
            "last_seen_at": member.last_seen_at,
            "fields": fields,
            "notification_preferences": preferences.choices if preferences else {},
            "watches_the_organization": bool(preferences and preferences.watches),
        }

    def _followed(self) -> Iterator[dict]:
        for member in self.members:
            visible = Ticket.objects.visible_to(member)
            links = Follower.objects.filter(member=member, ticket__in=visible).order_by("pk")
            yield from self._rows(links, "ticket__number", "ticket__subject", "created_at")

    def _file_row(self, file) -> dict:
        ticket = file.message.ticket if file.message else file.ticket
        return {
            "file": path_of(file),
            "name": file.name,
            "size": file.size,
            "ticket_number": ticket.number if ticket else None,
            "message": file.message_id,
            "created_at": file.created_at,
        }


def _named(row: dict) -> dict:
    """Return the row without the double underscores of lookups."""
    return {key.replace("__", "_"): value for key, value in row.items()}


def _ticket(ticket, member, shown) -> dict:
    def is_shown(key):
        return (ticket.site_id, key) in shown

    row = {
        "number": ticket.number,
        "organization": member.organization.name,
        "subject": ticket.subject,
        "form": ticket.form_title,
        "private": ticket.private,
        "opened_at": ticket.opened_at,
        "closed_at": ticket.closed_at,
    }
    if is_shown("status"):
        row["status"] = ticket.status.localized_label
    if is_shown("urgency"):
        row["urgency"] = ticket.urgency
    fields = {key: value for key, value in ticket.values.items() if is_shown(f"field:{key}")}
    answers = [
        {"question": answer.get("label", ""), "answer": answer.get("display", "")}
        for answer in ticket.answers
    ]
    return {**row, "fields": fields, "answers": answers}


def path_of(file: Attachment) -> str:
    """Return the path of a file in the archive: a folder of its own, and a name that is valid
    everywhere."""
    name = re.sub(r'[\x00-\x1f\\/:*?"<>|]', "_", file.name).strip(". ") or "file"
    return f"files/{file.pk}/{name}"


def write_archive(user):
    """Return the archive as a temporary file.

    :raises StorageUnavailable: if a file can't be read right now. One without it would look
        complete.
    """
    data = PersonalData(user)
    with ExitStack() as on_error:
        target = on_error.enter_context(tempfile.TemporaryFile())
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            with archive.open("data.json", "w", force_zip64=True) as stream:
                for part in as_json(data.sections()):
                    stream.write(part.encode())
            for file in data.files().iterator(CHUNK):
                _put(archive, file)
        target.seek(0)
        # From now on, the response closes it.
        on_error.pop_all()
    return target


def _put(archive, file) -> None:
    try:
        with reading_storage():
            source = file.file.open("rb")
    except FileNotFoundError:
        # The file is missing in the storage; the list still names it.
        return
    # The format knows no earlier time.
    time = max(timezone.localtime(file.created_at).timetuple()[:6], (1980, 1, 1, 0, 0, 0))
    info = zipfile.ZipInfo(path_of(file), time)
    # Most large files are compressed already.
    with reading_storage(), source, archive.open(info, "w", force_zip64=True) as stream:
        shutil.copyfileobj(source, stream)


def as_json(sections: dict) -> Iterator[str]:
    """Yield the text of a JSON object, row by row."""
    encoder = DjangoJSONEncoder(ensure_ascii=False)
    yield "{"
    for number, (name, value) in enumerate(sections.items()):
        yield f"{',' if number else ''}\n  {json.dumps(name)}: "
        if not isinstance(value, Iterator):
            yield encoder.encode(value)
            continue
        yield "["
        for position, row in enumerate(value):
            yield f"{',' if position else ''}\n    {encoder.encode(row)}"
        yield "\n  ]"
    yield "\n}\n"
