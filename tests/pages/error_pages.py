"""Compare error pages, which differ in tokens and ticket numbers only."""

import re

_DIFFERENT = re.compile(r'value="\w{64}"|#\d+')


def strip_details(html: str) -> str:
    """Return the HTML of a page without the numbers of tickets and the tokens of forms."""
    return _DIFFERENT.sub("", html)


def without_details(response) -> str:
    """Return the HTML of a response without the numbers of tickets and the tokens of forms."""
    return strip_details(response.content.decode())
