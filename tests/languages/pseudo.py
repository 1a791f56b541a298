"""A language that nobody speaks: every text that can be translated comes in brackets, so what
stands outside of them on a page was written into the code.

The technique is known as pseudo-localisation; ``what_is_left`` is its check.
"""

import re
from importlib import import_module
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup, NavigableString
from bs4.element import PreformattedString

#: Ido: Django knows it, and writes its dates as in English, with months that are translated.
LANGUAGE = "io"
#: Whose texts a page can show, with the catalogue that tells them.
PACKAGES = ("django.conf", "django.contrib.auth", "wagtail", "wagtail.admin", "wagtail.snippets",
            "wagtail.users", "wagtail.images", "wagtail.contrib.settings", "allauth",
            "django_filters", "wagtail_portal")  # fmt: skip
#: Attributes that people read or hear.
READ = ("alt", "aria-description", "aria-label", "aria-roledescription", "placeholder", "title")
BRACKETED = re.compile(r"⟦[^⟦⟧]*⟧")
WORD = re.compile(r"[A-Za-z]{2,}")
#: Addresses, and what is the same in every language: one's own name, too.
SAME_EVERYWHERE = re.compile(
    r"\S+@\S+|https?://\S+|\b(?:CSV|XLSX|PDF|Markdown|Esc|Ctrl|TXT|English|[Ii]do)\b|\.(?:txt|png)\b"
)
#: What nobody reads as a text, and the names of time zones.
HIDDEN = "script, style, code, pre, svg, [translate=no], [name=time_zone] option"
#: Between two texts that stand side by side in different elements.
SEAM = "\n\x1f"


def bracketed(text: str) -> str:
    """The text as this language has it: as it is, in brackets, but for the white space around."""
    core = text.strip()
    return text.replace(core, f"⟦{core}⟧") if core else text


def write_catalogue(folder: Path) -> Path:
    """Make the language in ``folder``; returns what belongs into ``LOCALE_PATHS``."""
    catalogue = Catalog(locale=LANGUAGE, domain="django", fuzzy=False)
    for messages in _known():
        for message in messages:
            if not message.id:
                continue
            if isinstance(message.id, str):
                catalogue.add(message.id, bracketed(message.id), context=message.context)
            else:
                forms = tuple(message.id)
                catalogue.add(forms, tuple(map(bracketed, forms)), context=message.context)
    target = folder / LANGUAGE / "LC_MESSAGES" / "django.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_mo(file, catalogue)
    return folder


def _known():
    """The catalogues that have been made for German: what can be translated."""
    for package in PACKAGES:
        found = Path(import_module(package).__file__).parent
        file = found / "locale" / "de" / "LC_MESSAGES" / "django.po"
        if file.exists():
            with file.open("rb") as content:
                yield read_po(content)


def what_is_left(html: str, part: str = "body") -> list[str]:
    """The texts of a page, or of a part of it (a CSS selector), that are in no brackets.

    What people wrote must be in another script than the Latin one.
    """
    soup = BeautifulSoup(html, "html.parser")
    texts = [soup.title.string] if soup.title and soup.title.string else []
    for element in soup.select(part):
        for hidden in element.select(HIDDEN):
            hidden.decompose()
        # A translated sentence can run through several elements: a link, say.
        texts += _outside(SEAM.join(_texts(element))).split(SEAM)
        for node in element.find_all(True):
            texts += [node[name] for name in READ if node.get(name)]
            if node.name == "input" and node.get("type") in ("submit", "button", "reset"):
                texts.append(node.get("value", ""))
    return [text.strip() for text in texts if WORD.search(_outside(text))]


def _texts(element):
    for node in element.descendants:
        if isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            yield str(node)


def _outside(text: str) -> str:
    """What of a text is in no brackets, however deep they are nested."""
    while True:
        text, count = BRACKETED.subn(" ", text)
        if not count:
            return SAME_EVERYWHERE.sub(" ", text)
