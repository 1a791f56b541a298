"""A pseudo-language that puts every translatable text in brackets.

On a page in this language, any text outside brackets is hardcoded. The technique is called
pseudolocalization; :func:`untranslated_texts` does the check.
"""

import re
from importlib import import_module
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup, NavigableString
from bs4.element import PreformattedString

#: Ido: Django supports it, and it formats dates as in English with translated months.
LANGUAGE = "io"
#: Packages whose texts can appear on a page, and the catalog that lists them.
PACKAGES = ("django.conf", "django.contrib.auth", "wagtail", "wagtail.admin", "wagtail.snippets",
            "wagtail.users", "wagtail.images", "wagtail.contrib.settings", "allauth",
            "django_filters", "wagtail_portal")  # fmt: skip
#: Attributes whose values people read or hear.
READ = ("alt", "aria-description", "aria-label", "aria-roledescription", "placeholder", "title")
BRACKETED = re.compile(r"⟦[^⟦⟧]*⟧")
WORD = re.compile(r"[A-Za-z]{2,}")
#: Addresses, and words that are the same in every language, such as a person's name.
SAME_EVERYWHERE = re.compile(
    r"\S+@\S+|https?://\S+|\b(?:CSV|XLSX|PDF|Markdown|Esc|Ctrl|TXT|UTC|English|[Ii]do)\b|\.(?:txt|png)\b"
)
#: Not read as text by anyone; and the names of time zones.
HIDDEN = "script, style, code, pre, svg, [translate=no], datalist"
#: Separates adjacent texts of different elements.
SEAM = "\n\x1f"


def bracketed(text: str) -> str:
    """Return the text in the pseudo-language: in brackets, without surrounding white space."""
    core = text.strip()
    return text.replace(core, f"⟦{core}⟧") if core else text


def write_catalog(folder: Path) -> Path:
    """Create the language in ``folder`` and return the value for ``LOCALE_PATHS``."""
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
    """Return the translatable texts, taken from the German catalogs."""
    for package in PACKAGES:
        found = Path(import_module(package).__file__).parent
        file = found / "locale" / "de" / "LC_MESSAGES" / "django.po"
        if file.exists():
            with file.open("rb") as content:
                yield read_po(content)


def untranslated_texts(html: str, part: str = "body") -> list[str]:
    """Return the texts outside brackets on a page or in a part of it (a CSS selector).

    Whatever users wrote must be in a script other than Latin.
    """
    soup = BeautifulSoup(html, "html.parser")
    texts = [soup.title.string] if soup.title and soup.title.string else []
    for element in soup.select(part):
        for hidden in element.select(HIDDEN):
            hidden.decompose()
        # A translated sentence can span several elements, such as a link.
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
    """Return what's outside brackets in a text, however deeply they're nested."""
    while True:
        text, count = BRACKETED.subn(" ", text)
        if not count:
            return SAME_EVERYWHERE.sub(" ", text)
