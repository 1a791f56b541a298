"""What Markdown looks like, and that no text takes long."""

import sys

import pytest
from bs4 import BeautifulSoup

from benchmarks.longest_text import REPEATED
from wagtail_portal import conf
from wagtail_portal.utils import markup


def rendered(markdown: str) -> BeautifulSoup:
    return BeautifulSoup(markup.render(markdown), "html.parser")


def test_code_stands_as_it_was_typed():
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
def test_links_lend_no_weight_and_no_window(markdown, address):
    link = rendered(markdown).a
    assert link["href"] == address
    assert set(link["rel"]) == {"nofollow", "noopener", "noreferrer", "ugc"}


@pytest.mark.parametrize("markdown", ["file.py", "node.js", "a.b", "10:30", "C://", "s3://bucket"])
def test_what_only_resembles_a_link_is_none(markdown):
    assert rendered(markdown).a is None


def test_line_breaks_are_kept():
    assert str(rendered("one\ntwo").p) == "<p>one<br/>\ntwo</p>"


def test_a_link_after_many_that_are_none_is_found_all_the_same():
    assert rendered("http://- " * 50 + "https://a.example/x").a["href"] == "https://a.example/x"


def calls_for(markdown: str) -> int:
    """How many functions run while ``markdown`` is rendered: the same number on any machine."""
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


# How long the same texts take at their largest: benchmarks/longest_text.py.
@pytest.mark.parametrize("part", REPEATED)
def test_work_grows_no_faster_than_the_text(part):
    markup.render(part)  # for what is made only once
    few = conf.MESSAGE_MAX_LENGTH // len(part) // 16
    assert calls_for(part * few * 2) < 2.5 * calls_for(part * few)


class Counting:
    """A regular expression that adds up how much text it was given to look through."""

    def __init__(self, expression):
        self.expression, self.characters = expression, 0

    def search(self, looked_at):
        self.characters += len(looked_at)
        return self.expression.search(looked_at)


@pytest.mark.parametrize("part", ["://", "a://", "http://-", "http://- "])
def test_the_search_for_links_does_not_begin_anew_at_each_sign_of_one(part, monkeypatch):
    library = sys.modules["markdown_it.rules_inline.linkify"]
    counting = Counting(library.SCHEME_RE)
    monkeypatch.setattr(library, "SCHEME_RE", counting)
    markup.render(part * (conf.MESSAGE_MAX_LENGTH // len(part)))
    # It looks through all that stands before a "://": a page of them took minutes.
    assert counting.characters <= 20 * conf.MESSAGE_MAX_LENGTH
