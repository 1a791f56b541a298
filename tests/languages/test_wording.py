"""The English texts follow the style guide: plain words and sentence case."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

LOCALE = Path(__file__).parents[2] / "wagtail_portal/locale"

#: Words to avoid, and what to write instead.
BANNED = {
    r"mails?|mailed|e-mails?": "email",
    r"somebody|some one": "someone, or say who",
    r"nobody": "no one",
    r"whoever|whomever": "anyone who, or say who",
    r"any more": "no longer",
    r"meanwhile": "in the meantime, or nothing",
    r"(come|comes|came|coming|let|lets|letting) in(?!to)\b": "sign in, join, have access",
    r"tries": "attempts",
    r"is gone|are gone": "was deleted, is no longer available",
    r"facts?": "details, fields",
    r"canned": "saved",
    r"anew": "again",
    r"given up": "failed",
    r"strangers?": "visitor",
    r"proven": "verified",
    r"cannot|does not|do not|is not|are not|was not|were not|will not|has not|have not|did not": (
        "the contraction"
    ),
    r"e\.g\.|i\.e\.|etc\.": "for example, that is",
    r"\w+\(s\)": "ngettext",
}

#: Names and words that are always capitalized.
CAPITALIZED = {
    "Markdown", "Wagtail", "Django", "Excel", "Monday", "Tuesday", "Wednesday", "Thursday",
    "Friday", "Saturday", "Sunday", "Admin", "Member", "Alex", "Kim", "Sample", "JavaScript",
    "OpenID", "Connect", "Europe", "Vienna", "I", "Re",
}  # fmt: skip


def texts() -> list[str]:
    """Return every English text of the catalog, singular and plural."""
    with (LOCALE / "de/LC_MESSAGES/django.po").open("rb") as file:
        ids = [message.id for message in read_po(file) if message.id]
    return [text for found in ids for text in ([found] if isinstance(found, str) else found)]


@pytest.mark.parametrize("pattern", BANNED)
def test_texts_do_not_use_banned_words(pattern):
    word = re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE)
    found = [text for text in texts() if word.search(text)]
    assert not found, f"write “{BANNED[pattern]}”"


def test_labels_and_buttons_use_sentence_case():
    wrong = []
    for text in texts():
        words = re.sub(r"%\(\w+\)s|“[^”]*”|<[^>]+>", "", text).split()
        label = len(words) <= 6 and not re.search(r"[.:?]", text)
        if label and any(
            re.fullmatch(r"[A-Z][a-z]+", word) and word not in CAPITALIZED for word in words[1:]
        ):
            wrong.append(text)
    assert not wrong


def test_texts_have_no_exclamation_marks():
    assert not [text for text in texts() if "!" in text]


def test_apostrophes_are_typographic():
    ours = [text for text in texts() if not text.startswith("Page '")]
    assert not [text for text in ours if re.search(r"\w'\w", text)]
