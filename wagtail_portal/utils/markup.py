"""Text of customers and agents: Markdown in, safe HTML or a plain excerpt out.

This is the only renderer of Markdown and the only sanitizer: portal, admin, email and API show the
same. Remote images are never shown; an image in Markdown becomes a link. What plainly isn't
Markdown is shown as typed, see :mod:`.markup_rules`.
"""

import re
from functools import cache
from html import unescape
from importlib import import_module

from django.utils.safestring import SafeString, mark_safe

from .text import clean, clean_line  # noqa: F401 - this module offers both

#: Increase this when the same text is rendered differently. It's stored beside rendered text, which
#: is rendered again when the number has changed.
RENDERER_VERSION = 1

#: Commas of the scripts in which people type lists, and semicolons.
COMMAS, SEMICOLONS = ",،，、", ";؛；"
_COMMA = re.compile(f"[{COMMAS}]")

TAGS = {
    *("p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "s", "del", "a"),
    *("ul", "ol", "li", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
#: URLs that a link may have.
SCHEMES = {"http", "https", "mailto", "tel"}
ATTRIBUTES = {
    "a": {"href", "title", "class"},
    "ol": {"start"},
    "li": {"value"},
    "code": {"class"},
}


def _heading_open(self, tokens, index, options, env):
    # A message sits below the page's own headings: # becomes h3, ### and deeper end at h6.
    return f"<h{min(int(tokens[index].tag[1]) + 2, 6)}>"


def _heading_close(self, tokens, index, options, env):
    return f"</h{min(int(tokens[index].tag[1]) + 2, 6)}>\n"


@cache
def _renderer():
    # Most processes show what's rendered already.
    use_plain_rules = import_module("wagtail_portal.utils.markup_rules").use_plain_rules
    markdown = import_module("markdown_it").MarkdownIt(
        "commonmark", {"html": False, "maxNesting": 20}
    )
    markdown.enable(["table", "strikethrough", "linkify"]).use(use_plain_rules)
    markdown.add_render_rule("heading_open", _heading_open)
    markdown.add_render_rule("heading_close", _heading_close)
    return markdown


def render(markdown: str) -> SafeString:
    """``markdown`` as HTML that is safe to show anywhere."""
    html = import_module("nh3").clean(
        _renderer().render(markdown),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="nofollow noopener noreferrer ugc",
        allowed_classes={},
    )
    return mark_safe(html)  # noqa: S308 - nh3 made it safe


_TITLED_LINK = re.compile(r'<a [^>]*?title="([^"]*)"[^>]*>.*?</a>', re.DOTALL)


def with_targets(html: str) -> SafeString:
    """Return rendered text with the URL of each link beside it, unless its text is the URL. Emails
    have no place to show it otherwise."""
    found = _TITLED_LINK.sub(lambda link: f"{link[0]} ({link[1]})", html)
    return mark_safe(found)  # noqa: S308 - as safe as what it was made of


_TAG = re.compile(r'<(?:"[^"]*"|[^">])*>')


def plain(markdown: str) -> str:
    """Return ``markdown`` as one line of plain text, for list rows and email subjects."""
    return plain_of_html(render(markdown))


def plain_of_html(html: str) -> str:
    """Return the same as :func:`plain` for a rendered text, which is much faster than rendering it
    again.

    :param html: HTML of :func:`render`.
    """
    return " ".join(clean(unescape(_TAG.sub("", html))).split())


def excerpt(markdown: str, length: int = 140) -> str:
    """Return the first ``length`` characters of :func:`plain`, cut at a word, with an ellipsis."""
    # Rendering is expensive, and text far behind the cut isn't needed.
    return _cut(plain(markdown[: length * 8]), length)


def excerpt_of_html(start: str, length: int = 140) -> str:
    """Return the same as :func:`excerpt` for the beginning of a rendered text.

    :param start: HTML of :func:`render`, which may have been cut within a tag.
    """
    whole = start[: start.rfind("<")] if start.rfind("<") > start.rfind(">") else start
    return _cut(plain_of_html(whole), length)


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    cut = text[:length].rsplit(" ", 1)[0] or text[:length]
    return cut.rstrip(",;:.- ") + "…"


def split_at_commas(typed: str) -> list[str]:
    """Return the parts of a text between its commas, without white space around them."""
    return [part.strip() for part in _COMMA.split(typed)]
