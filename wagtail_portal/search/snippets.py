"""The passage in which a search matches, for a row of the list."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice

from django.db.models import Case, F, Value, When, Window
from django.db.models.functions import RowNumber, Substr
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from wagtail_portal.models import Message
from wagtail_portal.utils import markup

from .base import Query
from .words import places

#: Characters of a passage, and of what stands in front of its first match.
LENGTH = 140
BEFORE = 24
#: Messages of a ticket that are looked at; the database puts the likely ones first.
MESSAGES = 5
#: More of a message than this is not rendered for a passage.
RENDERED = 1500
#: As much is read of the HTML that it was rendered to.
RENDERED_HTML = 2 * RENDERED
#: Spellings of words that are looked for in the messages; the longest ones say most.
TYPED = 40
#: Matches that are tried for where a passage could begin.
TRIED = 2000


@dataclass(frozen=True)
class Snippet:
    """A passage as safe HTML, the words in ``<mark>``, and the reply that it is from."""

    message: Message
    html: SafeString


def mark(line: str, query: Query) -> SafeString:
    """``line`` as safe HTML, with the words of ``query`` in ``<mark>``."""
    return _marked(line, places(line, query.words), 0, len(line))


def snippets(tickets, query: Query, messages) -> dict[int, Snippet]:
    """Return the passage of a message that has most of ``query``, by primary key of the ticket.

    One query, whatever the number of tickets. A ticket has none when only its subject matches.

    :param messages: a queryset of the messages that the reader can see.
    """
    if not query or not tickets:
        return {}
    said = defaultdict(list)
    for message in _likely(tickets, query, messages):
        said[message.ticket_id].append(message)
    found = {}
    for pk, messages in said.items():
        best, spans = _most_telling(messages, query)
        if html := _passage(best, spans, query):
            found[pk] = Snippet(best, html)
    return found


def _most_telling(messages, query) -> tuple[Message, list]:
    """Return the message with most of the words, and where they are in it; of two that have as
    many, the first."""
    best, found, most = messages[0], [], 0
    for message in messages:
        spans = places(message.body, query.words)
        hits = _hits(spans)
        if hits > most:
            best, found, most = message, spans, hits
        if most == len(query.words):
            break
    return best, found


def _likely(tickets, query, messages):
    """The newest replies of each ticket, before them those that hold the words as typed.

    The database does not know of accents; what it misses here is still marked when it is among
    the newest.
    """
    typed = {word.term for word in query.words} | set(query.text.split())
    typed |= {part for word in query.words for other in word.others for part in other}
    hits = sum(
        (
            Case(When(body__icontains=word, then=Value(1)), default=Value(0))
            for word in sorted(typed, key=len, reverse=True)[:TYPED]
        ),
        start=Value(0),
    )
    place = Window(
        RowNumber(),
        partition_by="ticket_id",
        order_by=[F("hits").desc(), F("id").desc()],
    )
    stored = Case(
        When(renderer_version=markup.RENDERER_VERSION, then=Substr("rendered", 1, RENDERED_HTML)),
        default=Value(""),
    )
    return (
        messages.filter(ticket__in=[ticket.pk for ticket in tickets])
        .select_related("author")
        .defer("rendered", "quoted")
        .alias(hits=hits)
        .annotate(place=place, stored=stored)
        .filter(place__lte=MESSAGES)
        .order_by("place")
    )


def _hits(spans) -> int:
    return len({word for _start, _end, word in spans})


def _passage(message, spans: list, query) -> SafeString | None:
    """The part of a message of :func:`_likely` in which most of the words stand together.

    :param spans: where they are.
    """
    if not spans:
        return None
    markdown, html = message.body, message.stored
    if len(markdown) > RENDERED:
        # Rendering is the cost: only the part around the match.
        first = max(0, _best(spans)[0] - RENDERED // 2)
        markdown = markdown[first : first + RENDERED]
        markdown = markdown.partition(" ")[2] if first else markdown
        html = ""
    if html and len(html) < RENDERED_HTML:
        plain = markup.plain_of_html(html)
    else:
        plain = markup.plain(markdown)
    spans = places(plain, query.words)
    if not spans:
        # Said where it is not shown, such as in the address of a link.
        plain = markup.clean_line(markdown)
        spans = places(plain, query.words)
        if not spans:
            return None
    start = _word_start(plain, max(0, _best(spans)[0] - BEFORE))
    end = min(len(plain), start + LENGTH)
    if end < len(plain):
        end = max(plain.rfind(" ", start, end), _best(spans)[1])
    html = _marked(plain, spans, start, end)
    return mark_safe(f"{'…' if start else ''}{html}{'…' if end < len(plain) else ''}")  # noqa: S308


def _best(spans):
    """The match from which on most of the words stand, and stand close together."""

    def worth(number):
        start, _end, word = spans[number]
        seen, length = {word}, 0
        for other, _end, word in islice(spans, number + 1, None):
            if other >= start + LENGTH - BEFORE:
                break
            if word not in seen:
                seen.add(word)
                length = other - start
        return len(seen), -length

    return spans[max(range(min(len(spans), TRIED)), key=worth)]


def _word_start(line: str, place: int) -> int:
    """The beginning of a word at or soon after ``place``, where there are words."""
    if place == 0:
        return 0
    space = line.find(" ", place - 1, place + BEFORE // 2)
    return place if space == -1 else space + 1


def _marked(line: str, spans, start: int, end: int) -> SafeString:
    parts, at = [], start
    for first, last, _word in _merged(spans):
        first, last = max(first, start), min(last, end)
        if first < last:
            parts += [escape(line[at:first]), "<mark>", escape(line[first:last]), "</mark>"]
            at = last
    parts.append(escape(line[at:end]))
    return mark_safe("".join(parts))  # noqa: S308 - every part of the text is escaped


def _merged(spans):
    """Spans that touch, as pairs in Japanese do, are one."""
    merged: list = []
    for start, end, word in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]), word)
        else:
            merged.append((start, end, word))
    return merged
