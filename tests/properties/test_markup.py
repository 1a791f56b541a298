"""Whatever users write, the rendered text is safe and the stored text valid."""

import re

from bs4 import BeautifulSoup
from hypothesis import example, given
from hypothesis import strategies as st

from wagtail_portal.utils import markup

MARKDOWN = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.sampled_from(
            [
                *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!--", "-->"),
                *("[a](javascript:alert(1))", "[b](data:text/html,x)", "![c](https://x.example)"),
                *("<a href='vbscript:x'>", "\n\n", "```", "~~~js\n", "| a | b |\n|--|--|\n", "> "),
                *("# ", "1. ", "- ", "**", "_", "`", "&lt;script&gt;", "&#106;avascript:", "\\"),
                *("https://example.com/?a=1&b=<", "a@b.example", "[x]: javascript:alert(1)\n[x]"),
            ]
        ),
    ),
    max_size=20,
).map("".join)


@given(MARKDOWN)
@example("<svg/onload=alert(1)>")
@example("[x](java\nscript:alert(1))")
def test_rendered_text_only_contains_allowed_markup(markdown):
    soup = BeautifulSoup(markup.render(markdown), "html.parser")
    for tag in soup.find_all(True):
        assert tag.name in markup.TAGS
        for name, value in tag.attrs.items():
            assert name in markup.ATTRIBUTES.get(tag.name, set()) | {"rel"}
            if name == "href":
                scheme = re.match(r"\s*([a-z][a-z0-9+.-]*):", value, re.I)
                assert scheme is None or scheme.group(1).lower() in markup.SCHEMES


@given(st.text())
def test_cleaned_text_is_stable_and_has_no_control_characters(value):
    cleaned = markup.clean(value)
    assert markup.clean(cleaned) == cleaned
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e]", cleaned)
    line = markup.clean_line(value)
    assert "\n" not in line
    assert markup.clean_line(line) == line


@given(MARKDOWN, st.integers(10, 200))
def test_excerpt_is_short_and_on_one_line(markdown, length):
    found = markup.excerpt(markdown, length)
    assert len(found) <= length + 1
    assert "\n" not in found


def test_excerpt_reads_like_the_text():
    assert markup.excerpt("**Hello** `you`,\n\n- one & two") == "Hello you, one & two"
    assert markup.excerpt("word " * 50, 20) == "word word word word…"


def test_images_become_links_and_headings_stay_below_the_pages_own():
    html = markup.render("# Title\n\n![a plan](https://x.example/p.png)")
    assert "<h3>Title</h3>" in html
    assert "<img" not in html
    assert ">a plan</a>" in html
    assert 'rel="nofollow noopener noreferrer ugc"' in html
