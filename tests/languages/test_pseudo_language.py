"""No text of a page is written into the code: in a language made for that, all of them change.

What people wrote is Greek here, so Latin letters outside of the brackets give a text away.
"""

import re

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse
from wagtail.snippets.models import get_snippet_models
from wagtail.users.models import UserProfile

from tests.pages import all_pages

from .pseudo import LANGUAGE, bracketed, what_is_left, write_catalogue

#: What Wagtail itself has not made translatable, or took in English when it started.
OF_WAGTAIL = re.compile(
    r"^(Home|Actions|Actions \(footer\)|Search|True|False|0 Documents|created in .*)$| - Wagtail$"
)
#: What the tests' site adds to the portal, in English alone.
OF_THE_SITE = {"Language", "en", "German", "Website", "Contract ending"}
SPEAKS = {"HTTP_ACCEPT_LANGUAGE": LANGUAGE}


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<p>⟦Hello ⟦world⟧⟧ Ωμέγα 3</p>", []),
        ("<p>⟦Hello⟧ world</p>", ["world"]),
        ("<p>⟦Hello <b>Ωμέγα</b> of⟧ <i>this</i></p>", ["this"]),
        ("<a title='Open'>⟦x⟧</a><input type=submit value=Send>", ["Open", "Send"]),
        ("<p>a@b.example</p><script>var x</script><code>grep</code>", []),
    ],
)
def test_the_check_itself(html, left):
    assert what_is_left(f"<body>{html}</body>") == left


def test_brackets_leave_white_space_where_it_is():
    assert bracketed("\n Hello %(name)s\n") == "\n ⟦Hello %(name)s⟧\n"


@pytest.fixture
def speaks(settings, tmp_path):
    """The language is one of the site's."""
    from django.utils import translation
    from django.utils.translation import trans_real

    settings.LOCALE_PATHS = [write_catalogue(tmp_path)]
    settings.LANGUAGES = [("en", "Αγγλικά"), (LANGUAGE, "Ίντο")]
    settings.WAGTAIL_CONTENT_LANGUAGES = settings.LANGUAGES
    settings.WAGTAILADMIN_PERMITTED_LANGUAGES = settings.LANGUAGES
    trans_real._translations.pop(LANGUAGE, None)
    yield
    trans_real._translations.pop(LANGUAGE, None)
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def world(speaks, home, settings):
    """A portal with something of everything, its team in the language."""
    settings.WAGTAIL_SITE_NAME = "Σελίδα"
    world = all_pages.build(home)
    UserProfile.objects.update_or_create(
        user=world["agent"], defaults={"preferred_language": LANGUAGE}
    )
    return world


def get(browser, address, **data):
    response = browser.get(address, data, follow=True, **SPEAKS)
    assert response.status_code == 200, address
    return response.content.decode()


def test_pages_of_the_portal(world, as_member):
    browser = as_member(world["admin"])
    left = {}
    for address in all_pages.addresses(world):
        if found := set(what_is_left(get(browser, address))) - OF_THE_SITE:
            left[address] = found
    assert left == {}


def test_pages_before_the_sign_in(world):
    left = {}
    for address in ("/accounts/login/", "/support/"):
        if found := what_is_left(get(Client(), address)):
            left[address] = found
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": "dana@acme.example"}, follow=True, **SPEAKS)
    if found := what_is_left(answer.content.decode()):
        left["code"] = found
    assert left == {}


def test_screens_of_the_team(world):
    browser = Client()
    browser.force_login(world["agent"], backend="django.contrib.auth.backends.ModelBackend")
    ticket = reverse("wagtailsnippets_wagtail_portal_ticket:edit", args=[world["ticket"].pk])
    addresses = [ticket, reverse("wagtailadmin_home")]
    for name in ("list", "open"):
        addresses.append(reverse(f"wagtailsnippets_wagtail_portal_ticket:{name}"))
    for name in ("merge", "requester", "history", "delete"):
        address = reverse(
            f"wagtailsnippets_wagtail_portal_ticket:{name}", args=[world["ticket"].pk]
        )
        addresses.append(address)
    for model in get_snippet_models():
        if model._meta.app_label == "wagtail_portal":
            for name in ("list", "add"):
                try:
                    addresses.append(reverse(model.snippet_viewset.get_url_name(name)))
                except NoReverseMatch:
                    continue
    left = {}
    for address in dict.fromkeys(addresses):
        found = set(what_is_left(get(browser, address), "main")) - OF_THE_SITE
        if found := [text for text in found if not OF_WAGTAIL.search(text)]:
            left[address] = found
    assert left == {}
