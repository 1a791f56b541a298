"""What Markdown looks like, and what plain text does."""

import pytest
from bs4 import BeautifulSoup

from tests.utils.pastes import PASTES
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


def shown_lines(text: str) -> list[str]:
    """What a reader sees of a text, line by line; the space between paragraphs doesn't count."""
    text = text.replace("\N{NO-BREAK SPACE}", " ").expandtabs(4)
    return [line.rstrip() for line in text.split("\n") if line.strip()]


def shown(markdown: str) -> list[str]:
    soup = rendered(markup.clean(markdown))
    for line_break in soup.find_all("br"):
        line_break.replace_with("" if "\n" in str(line_break.next_sibling)[:1] else "\n")
    return shown_lines(soup.get_text())


@pytest.mark.parametrize("paste", PASTES, ids=lambda paste: paste.name)
def test_everyday_texts_are_shown_as_they_were_meant(paste):
    tags = {tag.name for tag in rendered(markup.clean(paste.text)).find_all(True)} - {"br"}
    # An email address in plain text becomes a link.
    assert tags - ({"a"} if paste.typed else set()) == paste.tags
    if paste.typed:
        assert shown(paste.text) == shown_lines(paste.text)


def test_there_are_sixty_everyday_texts():
    assert len({paste.name for paste in PASTES}) >= 60


def test_indentation_of_the_first_line_is_kept():
    assert shown("\n\n    if x:\n        y\n") == ["    if x:", "        y"]
    assert markup.clean("   Hello  ") == "Hello"


def test_a_quote_takes_no_line_that_is_none():
    soup = rendered("> How often does it fail?\nEvery day.\n> And since when?\nMonday.")
    quotes = [quote.get_text(strip=True) for quote in soup.find_all("blockquote")]
    assert quotes == ["How often does it fail?", "And since when?"]
    assert soup.find_all("p", recursive=False)[0].get_text() == "Every day."


def test_a_list_takes_no_line_that_is_not_indented():
    soup = rendered("1. open\n2. save\n   as a copy\nThen it fails.")
    assert [item.get_text() for item in soup.find_all("li")] == ["open", "save\nas a copy"]
    assert soup.p.get_text() == "Then it fails."


def test_a_numbered_list_keeps_its_numbers():
    assert [item.get("value") for item in rendered("1. a\n2. b\n5. c").find_all("li")] == [
        None,
        None,
        "5",
    ]
    # Everyone who writes Markdown may number all items with 1.
    assert not rendered("1. a\n1. b\n1. c").find_all("li", value=True)


def test_a_table_ends_where_its_rows_end():
    soup = rendered("| a | b |\n|---|---|\n| 1 | 2 |\nIs that right?")
    assert len(soup.find_all("td")) == 2
    assert soup.p.get_text() == "Is that right?"


@pytest.mark.parametrize("depth", [10, 30, 300])
def test_nothing_is_lost_in_deep_quotes_and_lists(depth):
    assert "the end" in rendered("> " * depth + "the end").get_text()
    deep = "".join(f"{'  ' * level}- {level}\n" for level in range(depth))
    assert str(depth - 1) in rendered(deep).get_text()


def test_emphasis_of_languages_without_spaces():
    assert rendered("これは**重要**です").strong.get_text() == "重要"


class TestWhereALinkLeads:
    @pytest.mark.parametrize(
        ("markdown", "target"),
        [
            ("[our bank](https://evil.example/x)", "https://evil.example/x"),
            ("[https://bank.example](https://evil.example)", "https://evil.example"),
            # No one else decides what is shown.
            ('[a](https://evil.example "https://bank.example")', "https://evil.example"),
            ("[a@bank.example](mailto:a@evil.example)", "mailto:a@evil.example"),
            ("![the plan](https://evil.example/p.png)", "https://evil.example/p.png"),
            # The first letter is Cyrillic.
            ("https://\N{CYRILLIC SMALL LETTER A}pple.example", "https://xn--pple-43d.example"),
        ],
    )
    def test_is_shown_when_its_text_says_something_else(self, markdown, target):
        link = rendered(markdown).a
        assert (link["title"], link["href"]) == (target, target)

    @pytest.mark.parametrize(
        "markdown",
        [
            *("https://a.example/x", "[https://a.example](https://a.example)", "a@b.example"),
            *("[a@b.example](mailto:a@b.example)", "https://a.example/ü?x=%20"),
        ],
    )
    def test_is_not_said_twice(self, markdown):
        assert not rendered(markdown).a.get("title")

    def test_stands_beside_its_text_in_emails(self):
        html = markup.with_targets(
            markup.render("[bank](https://evil.example/?a&b), https://a.example")
        )
        text = BeautifulSoup(html, "html.parser").get_text().strip()
        assert text == "bank (https://evil.example/?a&b), https://a.example"

    @pytest.mark.parametrize("markdown", ["values[i](x)", "[ERROR](main.py)", "[a](javascript:b)"])
    def test_what_leads_nowhere_is_no_link(self, markdown):
        assert shown(markdown) == [markdown]
        assert rendered(markdown).a is None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("(https://a.example/x).", "https://a.example/x"),
        ("https://a.example/a_(b)_c, or", "https://a.example/a_(b)_c"),
        ("<https://a.example/x>", "https://a.example/x"),
        ('"https://a.example/x"', "https://a.example/x"),
        ("https://a.example/x。", "https://a.example/x"),
        ("HTTPS://a.example/x!", "HTTPS://a.example/x"),
        ("_https://a.example/x_", "https://a.example/x"),
        ("http://[::1", None),
        ("xhttps://a.example", None),
    ],
)
def test_where_an_url_ends(text, address):
    link = rendered(text).a
    assert (link and link.get_text()) == address


def test_a_link_after_many_that_are_none_is_found_all_the_same():
    assert rendered("http://- " * 50 + "https://a.example/x").a["href"] == "https://a.example/x"
