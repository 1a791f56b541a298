"""Numbers of tickets in the HTML of messages, like #1042."""

import re
from collections.abc import Iterator, Mapping

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

#: Tags, also with ">" in an attribute.
_TAG = re.compile(r"""(<(?:"[^"]*"|'[^']*'|[^'">])*>)""")
#: Not within a word, a URL or an entity such as ``&#39;``.
_NUMBER = re.compile(r"(?<![\w&/#])#(\d{1,18})(?![\w;])")
#: What stands in these elements is left as it is.
_LITERAL = re.compile(r"<(/?)(a|code|pre)\b", re.IGNORECASE)


def _parts(html: str) -> Iterator[tuple[str, bool]]:
    """Split safe HTML, and say of each part whether it's text that may have links."""
    depth = 0
    for place, part in enumerate(_TAG.split(html)):
        is_tag = place % 2 == 1
        if is_tag and (found := _LITERAL.match(part)):
            depth += -1 if found[1] else 1
        yield part, not is_tag and depth == 0


def named_tickets(html: str) -> set[int]:
    """Return the numbers of tickets that safe HTML names."""
    if "#" not in html:
        return set()
    texts = [part for part, is_text in _parts(html) if is_text]
    return {int(number) for text in texts for number in _NUMBER.findall(text)}


def with_ticket_links(html: str, urls: Mapping[int, str]) -> SafeString | str:
    """Return safe HTML in which the tickets with a URL are links.

    :param urls: URLs by the number of the ticket.
    """
    if not urls:
        return html

    def link(found) -> str:
        url = urls.get(int(found[1]))
        return format_html('<a href="{}">{}</a>', url, found[0]) if url else found[0]

    parts = [_NUMBER.sub(link, part) if is_text else part for part, is_text in _parts(html)]
    return mark_safe("".join(parts))  # noqa: S308 - safe HTML, and links that are escaped
