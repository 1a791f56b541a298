"""A portal that moves to another host while someone is writing."""

import pytest
from wagtail.models import Site

from .conftest import text_of


@pytest.fixture
def other_root(home):
    """The root page of a second site at help.example."""
    root = home.get_root()
    page = root.add_child(instance=type(home.get_parent().specific)(title="Help", slug="help"))
    Site.objects.create(hostname="help.example", root_page=page)
    return page


@pytest.mark.parametrize("what", ["portal", "form", "reply"])
def test_answers_are_given_back(
    what, editor, home, report, other_root, ticket, browser, send,
    django_capture_on_commit_callbacks,
):  # fmt: skip
    # Another host has other cookies, so the form can't be sent there.
    home.save_revision().publish()
    moved, path = home, "report/"
    if what == "reply":
        path = f"tickets/{ticket.number}/reply/"
    with django_capture_on_commit_callbacks(execute=True):
        if what == "form":
            new = other_root.add_child(instance=type(home)(title="Portal", slug="support"))
            editor.move(report, new)
        else:
            editor.move(moved, other_root)
    response = send(browser, f"/support/{path}", body="It is the valve")
    page = text_of(response)
    assert response.status_code == 409
    assert "no-store" in response["Cache-Control"]
    assert "This page has moved" in page and "A long story" in page
    target = "http://help.example/support/" + (
        path if what != "reply" else f"tickets/{ticket.number}/"
    )
    assert f'href="{target}"' in page
    # Nothing that was written is in the way of a link.
    assert browser.get(f"/support/{path}").url == f"http://help.example/support/{path}"
