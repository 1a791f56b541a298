"""A ticket's conversation, page by page and live, for customers and agents.

Callers pass in the messages that the reader may see.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

from . import conf
from .models import Attachment, Message, Ticket, TicketLogEntry

#: What templates show of some messages only.
SOMETIMES = ("is_unread", "unread", "next_unread", "is_new", "edit_url", "hides_quoted", "answers")


@dataclass(frozen=True)
class Conversation:
    """One page of a ticket's conversation, oldest message first; page 1 is the newest."""

    ticket: Ticket
    messages: list[Message]
    page: int = 1
    #: The last message of the next older page, after which the events of this page begin.
    before: Message | None = None

    @property
    def positions(self) -> tuple[int | None, int | None]:
        """The first position of log entries between the messages of this page, and the one after
        the last; None for no limit."""
        first = None if self.before is None else self.before.pk
        return first, self.messages[-1].pk if self.page > 1 else None


def between(entries: QuerySet, first: int | None, end: int | None) -> QuerySet:
    """Limit log entries to :attr:`Conversation.positions`."""
    if first is not None:
        entries = entries.filter(position__gte=first)
    return entries if end is None else entries.filter(position__lt=end)


def _newest_first(messages: QuerySet) -> QuerySet:
    return messages.prefetch_related("attachments").order_by("-pk")


def load_page(messages: QuerySet, page: int) -> tuple[list[Message], Message | None]:
    """Return one page of messages, oldest first, and the message before them."""
    return split_page(list(newest(messages, places(page))))


def places(page: int) -> range:
    """Return the places of a page's messages, and of the one before them, from the newest on."""
    size = conf.MESSAGES_PER_PAGE
    return range((page - 1) * size, page * size + 1)


def newest(messages: QuerySet, places: range) -> QuerySet:
    """Return the messages at these places, newest first."""
    return _newest_first(messages)[places.start : places.stop]


def split_page(found: list[Message]) -> tuple[list[Message], Message | None]:
    """Return the messages at :func:`places`, oldest first, and the message before them."""
    before = found.pop() if len(found) > conf.MESSAGES_PER_PAGE else None
    return found[::-1], before


def page_of(messages: QuerySet, pk: int) -> int:
    """Return the page with the message; 1 if it isn't among ``messages``."""
    known = Subquery(messages.filter(pk=pk).values("pk")[:1])
    return messages.filter(pk__gt=known).count() // conf.MESSAGES_PER_PAGE + 1


def newer_messages(messages: QuerySet, pk: int) -> list[Message]:
    """Return the newest messages with a primary key above ``pk``, oldest first."""
    return list(_newest_first(messages.filter(pk__gt=pk))[: conf.MESSAGES_PER_PAGE])[::-1]


def message_entry(
    message: Message, user_pk, *, file_url: Callable, thumbnail_url: Callable, **more
) -> dict:
    """Return what templates show of a message.

    :param user_pk: the primary key of the reader.
    :param file_url: takes an attachment and returns its URL; so does ``thumbnail_url``.
    """

    def attachment(file: Attachment) -> dict:
        return {
            "name": file.name,
            "size": file.size,
            "kind": file.extension,
            "family": file.family,
            "url": file_url(file),
            "thumbnail_url": thumbnail_url(file) if file.thumbnail else "",
        }

    return {
        "kind": "message",
        "message": message,
        "author_name": message.author_name,
        "from_team": message.from_team,
        "is_own": message.author_id == user_pk,
        "is_guest": message.is_from_guest,
        "html": message.html,
        "attachments": [attachment(file) for file in message.attachments.all()],
        "created_at": message.created_at,
        "edited_at": message.edited_at,
        "place": (message.pk, 0),
        "anchor": f"message-{message.pk}",
        # Django looks three times for what isn't there.
        **dict.fromkeys(SOMETIMES),
        **more,
    }


def in_order(messages: list[dict], events: list[dict]) -> list[dict]:
    """Return the entries of a conversation, oldest first; events come after the message that was
    the newest one at the time."""
    return sorted([*messages, *events], key=lambda entry: entry["place"])


def event_place(entry: TicketLogEntry) -> tuple[int, int]:
    """Return the place of an event in the conversation. A time isn't used, because the server's
    clock can go back."""
    return entry.position, entry.pk


def etag(*parts) -> str:
    """Return an entity tag that differs whenever a part does."""
    return '"{}"'.format("-".join(map(str, parts)))


def updates_response(
    request: HttpRequest, tag: str, render: Callable[[], HttpResponse]
) -> HttpResponse:
    """Answer an open page that asks for updates, with status 304 if there are none."""
    # A compressed response has a weak tag.
    is_current = request.headers.get("If-None-Match", "").removeprefix("W/") == tag
    response = HttpResponse(status=304) if is_current else render()
    response["ETag"] = tag
    add_never_cache_headers(response)
    return response
