"""One normalization for everything on one line."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_portal.utils.lookalikes import looks_like_one_of
from wagtail_portal.utils.text import clean, clean_line

#: Characters that change how the text around them reads, or that no one sees.
DIRECTION = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
NO_WIDTH = "\u00ad\u034f\u180e\u200b\u2060\u2061\u2064\ufeff\U000e0001"
INVISIBLE = [*DIRECTION, *NO_WIDTH, "\u200c", "\u200d", "\ufe0f", "\x00", "\x07", "\x9b", "\ud800"]


@pytest.mark.parametrize("character", INVISIBLE, ids=lambda character: f"U+{ord(character):04X}")
def test_line_has_no_invisible_characters(character):
    assert clean_line(f"Ro{character}bin {character} Vale{character}") == "Robin Vale"
    assert clean_line(character) == ""


@pytest.mark.parametrize(
    "blank", ["\u3164", "\u2800 \u200b", "\u115f\u1160", "\u00a0\u2003", "\u0301", "\n\t"]
)
def test_text_without_a_visible_character_is_empty(blank):
    assert clean_line(blank) == ""
    assert clean(blank) == ""


@pytest.mark.parametrize("visible", ["?", "👍", "C++", "…", "☎", "日", "\U000f0000"])
def test_symbols_are_visible(visible):
    assert clean_line(f" {visible} ") == visible


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",
        "क्\u200dष",
        "👩\u200d💻 🏳️\u200d🌈",
        "❤️ 1️⃣",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "葛\U000e0100城",
    ],
)
def test_spelling_and_emoji_keep_what_they_need(text):
    assert clean_line(text) == text


def test_line_is_composed_and_has_single_spaces():
    assert clean_line("Mu\u0308ller\u2028\r\n  GmbH\u00a0") == "Müller GmbH"


@given(st.text(st.characters(exclude_categories=())))
def test_line_is_stable(text):
    line = clean_line(text)
    assert clean_line(line) == line
    assert unicodedata.is_normalized("NFC", line)
    assert not line or any(unicodedata.category(one)[0] not in "MZ" for one in line)
    line.encode()


@pytest.mark.parametrize(
    "name",
    [
        "robin  VALE",
        "Rоbin Vаle",
        "R0bin Va1e",
        "RobIn VaIe",
        "Robín Válé",
        "𝐑𝐨𝐛𝐢𝐧 𝐕𝐚𝐥𝐞",
        "Ｒｏｂｉｎ　Ｖａｌｅ",
        "R.o.b.i.n Vale",
        "Ro\u200bbin Vale",
        "Robin Vale (Support)",
        "Robin\u2063Vale",
    ],
)
def test_look_alikes_are_recognized(name):
    assert looks_like_one_of(name, ["", "Hanna Vos", "Robin Vale"])


@pytest.mark.parametrize("name", ["Robin Smith", "Vale", "Dana Reyes", "", "Robina Valero", "日本"])
def test_other_names_are_other_names(name):
    assert not looks_like_one_of(name, ["", "Robin Vale", "Vales"])
