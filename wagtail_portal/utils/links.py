"""Find what email programs turn into a link, also where no one typed a scheme."""

import re
import unicodedata

from .text import clean_line

_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
_LINK = re.compile(
    # A scheme, or the name of a server on a Windows network.
    r"\b[a-z][a-z0-9+.-]+:/+\S*|\b(?:mailto|tel|sms|javascript):\S+|\\\\\w\S*"
    # An IP address with a port or a path.
    r"|\b\d{1,3}(?:\.\d{1,3}){3}[/:]\S*"
    # A domain, also that of an email address.
    rf"|\b{_LABEL}(?:\.{_LABEL})*\.(?:[^\W\d_]{{2,63}}|xn--[a-z0-9-]+)\b\S*",
    re.IGNORECASE,
)
#: Characters that browsers read as the dot of a domain (UTS #46 §2.3).
_DOTS = str.maketrans("。．｡", "...")
#: Characters of a link that are shown in an error.
SHOWN = 60


def find_link(text: str) -> str:
    """Return the first part of a text that email programs may show as a link, shortened; "" if
    there's none. Domains without a scheme count, and so do email addresses."""
    for word in text.split():
        word = unicodedata.normalize("NFKC", clean_line(word).translate(_DOTS))
        if found := _LINK.search(word):
            link = found[0].rstrip(".,;:!?)")
            return link if len(link) <= SHOWN else f"{link[:SHOWN]}…"
    return ""
