"""Rendering Markdown, and its cost for any text."""

import sys

import pytest
from bs4 import BeautifulSoup

from benchmarks.longest_text import REPEATED
from wagtail_portal import conf
from wagtail_portal.utils import markup


def rendered(markdown: str) -> BeautifulSoup:
    return BeautifulSoup(markup.render(markdown), "html.parser")


def test_code_is_rendered_as_typed():
    soup = rendered("Look:\n\n```python\nif a < b:\n    print('**')\n```\n\nand `x = <y>`.")
    assert soup.pre.get_text() == "if a < b:\n    print('**')\n"
    assert soup.p.find_next("p").code.get_text() == "x = <y>"


def test_lists_and_quotes():
    soup = rendered("1. one\n2. two\n   - inner\n\n> said\n>\n> > before\n")
    assert [item.find(string=True).strip() for item in soup.ol.find_all("li", recursive=False)] == [
        "one",
        "two",
    ]
    assert soup.ul.get_text(strip=True) == "inner"
    assert soup.blockquote.blockquote.get_text(strip=True) == "before"
    assert rendered("7. seven").ol["start"] == "7"


def test_tables():
    soup = rendered("| a | b |\n|---|---|\n| 1 | **2** |")
    assert [cell.get_text() for cell in soup.thead.find_all("th")] == ["a", "b"]
    assert soup.tbody.strong.get_text() == "2"


@pytest.mark.parametrize(
    ("markdown", "address"),
    [
        ("[here](https://a.example/x)", "https://a.example/x"),
        ("https://a.example/_x_/y_z?a=1&b=2", "https://a.example/_x_/y_z?a=1&b=2"),
        ("(see **https://a.example/x**)", "https://a.example/x"),
        ("<https://a.example>", "https://a.example"),
        ("[write](mailto:a@b.example)", "mailto:a@b.example"),
    ],
)
def test_links_get_nofollow_and_no_opener(markdown, address):
    link = rendered(markdown).a
    assert link["href"] == address
    assert set(link["rel"]) == {"nofollow", "noopener", "noreferrer", "ugc"}


@pytest.mark.parametrize("markdown", ["file.py", "node.js", "a.b", "10:30", "C://", "s3://bucket"])
def test_text_that_resembles_a_link_is_not_linked(markdown):
    assert rendered(markdown).a is None


def test_line_breaks_are_kept():
    assert str(rendered("one\ntwo").p) == "<p>one<br/>\ntwo</p>"


def test_link_after_many_false_ones_is_still_found():
    assert rendered("http://- " * 50 + "https://a.example/x").a["href"] == "https://a.example/x"


def count_calls(markdown: str) -> int:
    """Return how many functions run while ``markdown`` is rendered, which is the same on any
    machine."""
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        markup.render(markup.clean(markdown))
    finally:
        sys.setprofile(None)
    return calls


# benchmarks/longest_text.py measures how long these texts take at their maximum length.
@pytest.mark.parametrize("part", REPEATED)
def test_work_grows_linearly_with_the_text(part):
    markup.render(part)  # Load what's only created once.
    few = conf.MESSAGE_MAX_LENGTH // len(part) // 16
    assert count_calls(part * few * 2) < 2.5 * count_calls(part * few)


class Counting:
    """A regular expression that adds up how much text it searches."""

    def __init__(self, expression):
        self.expression, self.characters = expression, 0

    def search(self, looked_at):
        self.characters += len(looked_at)
        return self.expression.search(looked_at)


@pytest.mark.parametrize("part", ["://", "a://", "http://-", "http://- "])
def test_link_search_does_not_restart_at_each_candidate(part, monkeypatch):
    library = sys.modules["markdown_it.rules_inline.linkify"]
    counting = Counting(library.SCHEME_RE)
    monkeypatch.setattr(library, "SCHEME_RE", counting)
    markup.render(part * (conf.MESSAGE_MAX_LENGTH // len(part)))
    # It used to search all the text before each "://", which took minutes for one page.
    assert counting.characters <= 20 * conf.MESSAGE_MAX_LENGTH
