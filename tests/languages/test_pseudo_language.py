"""No text on a page is hardcoded: in the pseudo-language, all of them change.

Users' texts are Greek here, so Latin letters outside brackets give away a hardcoded text.
"""

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import NoReverseMatch, reverse
from wagtail.snippets.models import get_snippet_models
from wagtail.users.models import UserProfile

from tests.pages import all_pages

from .pseudo import LANGUAGE, bracketed, untranslated_texts, write_catalog

#: Texts that Wagtail itself hasn't made translatable, or translates at startup.
OF_WAGTAIL = re.compile(
    r"^(Home|Actions|Actions \(footer\)|Search|True|False|0 Documents|created in .*)$| - Wagtail$"
)
#: Texts that the test site adds to the portal, in English only.
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
def test_check_finds_hardcoded_text(html, left):
    assert untranslated_texts(f"<body>{html}</body>") == left


def test_brackets_preserve_surrounding_white_space():
    assert bracketed("\n Hello %(name)s\n") == "\n ⟦Hello %(name)s⟧\n"


@pytest.fixture
def pseudo_language(settings, tmp_path):
    """Make the pseudo-language one of the site's languages."""
    from django.utils import translation
    from django.utils.translation import trans_real

    settings.LOCALE_PATHS = [write_catalog(tmp_path)]
    settings.LANGUAGES = [("en", "Αγγλικά"), (LANGUAGE, "Ίντο")]
    settings.WAGTAIL_CONTENT_LANGUAGES = settings.LANGUAGES
    settings.WAGTAILADMIN_PERMITTED_LANGUAGES = settings.LANGUAGES
    trans_real._translations.pop(LANGUAGE, None)
    yield
    trans_real._translations.pop(LANGUAGE, None)
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def sample_portal(pseudo_language, home, settings):
    """A portal with a sample of everything, whose team uses the language."""
    settings.WAGTAIL_SITE_NAME = "Σελίδα"
    sample_portal = all_pages.build(home)
    UserProfile.objects.update_or_create(
        user=sample_portal["agent"], defaults={"preferred_language": LANGUAGE}
    )
    return sample_portal


def get(browser, address, **data):
    response = browser.get(address, data, follow=True, **SPEAKS)
    assert response.status_code == 200, address
    return response.content.decode()


def test_portal_pages(sample_portal, as_member):
    browser = as_member(sample_portal["admin"])
    left = {}
    for address in all_pages.urls(sample_portal):
        if found := set(untranslated_texts(get(browser, address))) - OF_THE_SITE:
            left[address] = found
    assert left == {}


def test_pages_before_signing_in(sample_portal):
    left = {}
    for address in ("/accounts/login/", "/support/"):
        if found := untranslated_texts(get(Client(), address)):
            left[address] = found
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": "dana@acme.example"}, follow=True, **SPEAKS)
    if found := untranslated_texts(answer.content.decode()):
        left["code"] = found
    assert left == {}


def test_team_pages(sample_portal):
    browser = Client()
    browser.force_login(sample_portal["agent"], backend="django.contrib.auth.backends.ModelBackend")
    ticket = reverse(
        "wagtailsnippets_wagtail_portal_ticket:edit", args=[sample_portal["ticket"].pk]
    )
    addresses = [ticket, reverse("wagtailadmin_home")]
    for name in ("list", "open"):
        addresses.append(reverse(f"wagtailsnippets_wagtail_portal_ticket:{name}"))
    for name in ("merge", "requester", "history", "delete"):
        address = reverse(
            f"wagtailsnippets_wagtail_portal_ticket:{name}", args=[sample_portal["ticket"].pk]
        )
        addresses.append(address)
    for model in get_snippet_models():
        if model._meta.app_label == "wagtail_portal":
            for name in ("list", "add"):
                try:
                    addresses.append(reverse(model.snippet_viewset.get_url_name(name)))
                except NoReverseMatch:
                    continue
    # Agents can be chosen, and those of the tests have no other names.
    names = set(get_user_model().objects.values_list("username", flat=True))
    left = {}
    for address in dict.fromkeys(addresses):
        found = set(untranslated_texts(get(browser, address), "main")) - OF_THE_SITE - names
        if found := [text for text in found if not OF_WAGTAIL.search(text)]:
            left[address] = found
    assert left == {}
