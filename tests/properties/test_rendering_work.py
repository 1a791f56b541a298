"""No text takes long to render: the work grows no faster than the text.

Work is counted, so that no busy machine changes it. How many seconds the same texts take at their
largest: benchmarks/longest_text.py.
"""

import re
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mdurl._parse import HOSTNAME_PART_PATTERN

from benchmarks.longest_text import REPEATED
from wagtail_portal.utils import markup

#: Is given one part of a host after the other, by a function that knows the whole URL.
PART_OF_HOST = HOSTNAME_PART_PATTERN
#: Characters of the shorter text.
SIZE = 1000

PIECES = st.sampled_from(
    [
        *("http://a/", "https://", "ftp://a/", "://", "a@b.c", "a@", "www.a.b", "mailto:a@b.c"),
        *(
            "[",
            "]",
            "(",
            ")",
            "{",
            "}",
            "<",
            ">",
            "![",
            "](",
            "](http://a",
            "'",
            '"',
            "|",
            "`",
            "``",
        ),
        *("*", "**", "***", "_", "__", "~~", "~", "#", "=", "-", "+", "&", "&amp;", "\\", ";", ":"),
        *(
            "a",
            "a b",
            "1",
            " ",
            "  ",
            "\t",
            "\n",
            "\n\n",
            "\n    ",
            "\n- ",
            "\n1. ",
            "\n> ",
            "\n```\n",
        ),
        *("\n|-|-|\n", "\n---\n", "\na: b\n", "\na:\n  b:", "\n2024-05-01 12:00:00 a", "\n>>> a"),
    ]
)


def work_for(markdown: str) -> int:
    """Count what happens while ``markdown`` is rendered: the lines that run, and the characters
    that regular expressions are given to look through."""
    work, before = 0, (sys.gettrace(), sys.getprofile())

    def count_lines(frame, event, argument):
        nonlocal work
        work += 1
        return count_lines

    def count_characters(frame, event, argument):
        nonlocal work
        pattern = getattr(argument, "__self__", None)
        if event == "c_call" and isinstance(pattern, re.Pattern) and pattern != PART_OF_HOST:
            texts = [value for value in frame.f_locals.values() if isinstance(value, str)]
            work += max(map(len, texts), default=0)

    sys.settrace(count_lines)
    sys.setprofile(count_characters)
    try:
        markup.render(markup.clean(markdown))
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    return work


def assert_work_grows_with_the_text(part: str) -> None:
    few = SIZE // len(part) + 1
    work_for(part)  # for what is made only once
    assert work_for(part * few * 2) <= 2.5 * work_for(part * few)


@pytest.mark.parametrize("part", REPEATED)
def test_work_grows_no_faster_than_the_text(part):
    assert_work_grows_with_the_text(part)


@settings(max_examples=50)
@given(st.lists(PIECES, min_size=1, max_size=5).map("".join))
@example("http://a/[http://b/(")
@example("[a](http://a '")
def test_work_grows_no_faster_than_the_text_whatever_is_repeated(part):
    assert_work_grows_with_the_text(part)


@settings(max_examples=30)
@given(st.lists(PIECES, max_size=3).map("".join), PIECES, st.lists(PIECES, max_size=3).map("".join))
@example("https://", "www.a.b", "")
def test_nor_does_it_between_a_beginning_and_an_end(beginning, middle, end):
    few = SIZE // len(middle) + 1
    single, double = (beginning + middle * few * times + end for times in (1, 2))
    work_for(single)
    assert work_for(double) <= 2.5 * work_for(single)


def test_few_characters_make_no_large_table():
    wide = "|a" * 200 + "|\n" + "|-" * 200 + "|\n" + "x|\n" * 2000
    assert len(markup.render(wide)) < 20 * len(wide)
