"""Wagtail's privacy of pages, set for the portal, a form, or a section above."""

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import Role

from .conftest import emails, text_of

ALLAUTH = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def partners(db):
    return Group.objects.create(name="Partners")


@pytest.fixture
def lee(acme, partners):
    """A member of Acme in the group."""
    member = factories.member(acme, "lee@acme.example", name="Lee Moss")
    member.user.groups.add(partners)
    return member


def join(group, browser_user):
    browser_user.groups.add(group)


def test_groups(editor, home, report, contact, section, partners, lee, browser, as_member, send):
    """Those in the group see the portal; others are told, and lose nothing that they typed."""
    partner, visitor = as_member(lee), Client()
    editor.restrict(section, "groups", groups=[partners.pk])
    editor.move(home, section)
    for url in ("/inside/support/", "/inside/support/report/", "/inside/support/contact/"):
        assert partner.get(url).status_code == 200
        refused = browser.get(url)
        assert refused.status_code == 403
        assert "portal-header" in text_of(refused)
        assert 'href="/inside/support/members/"' not in text_of(refused)
        # No one is sent back and forth between the page and the sign-in page.
        assert visitor.get(url).url == f"/accounts/login/?next={url}"
    response = send(browser, "/inside/support/report/")
    assert response.status_code == 403
    assert "A long story" in text_of(response)
    response = send(visitor, "/inside/support/contact/", "kim@nowhere.example")
    assert response.status_code == 410
    assert "A long story" in text_of(response) and not emails()
    # Someone whose session has expired finds their text after signing in, whoever they are.
    late = Client()
    assert send(late, "/inside/support/report/").url.startswith("/accounts/login/")
    late.force_login(lee.user, backend=ALLAUTH)
    assert "A long story" in text_of(late.get("/inside/support/report/"))
    outside = Client()
    send(outside, "/inside/support/report/")
    outside.force_login(browser_user(browser), backend=ALLAUTH)
    response = outside.get("/inside/support/report/")
    assert response.status_code == 403 and "A long story" in text_of(response)


def browser_user(browser):
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(pk=browser.session["_auth_user_id"])


def test_signed_in_users(
    editor, home, report, contact, acme, browser, send, django_capture_on_commit_callbacks
):
    """Visitors sign in first; an invitation says who invites, as always."""
    editor.restrict(home, "login")
    assert browser.get("/support/report/").status_code == 200
    visitor = Client()
    assert visitor.get("/support/contact/").url == "/accounts/login/?next=/support/contact/"
    response = send(visitor, "/support/contact/", "kim@nowhere.example")
    assert response.status_code == 410 and not emails()
    assert "A long story" in text_of(response)
    assert send(visitor, "/support/report/").url == "/accounts/login/?next=/support/report/"
    assert emails() == 0
    with django_capture_on_commit_callbacks(execute=True):
        actions.invite_member(
            acme,
            by=factories.SYSTEM,
            email="new@acme.example",
            role=Role.objects.get(key=Role.MEMBER),
            site=home.get_site(),
        )
    url = next(word for word in mail.outbox[0].body.split() if "/invitation/" in word)
    page = Client().get(url.partition("testserver")[2] or url.partition("localhost")[2])
    assert page.status_code == 200
    assert "Acme" in text_of(page)


def test_password(editor, home, report, contact, dana, browser, send):
    """The page for the password is one of the portal, and what was typed comes back."""
    visitor = Client()
    editor.restrict(home, "password", password="open sesame")
    response = browser.get("/support/")
    assert "portal-entrance" in text_of(response)
    assert 'type="password"' in text_of(response)
    for person, url, address in (
        (browser, "/support/report/", ""),
        (visitor, "/support/contact/", "kim@nowhere.example"),
    ):
        response = send(person, url, address)
        assert 'type="password"' in text_of(response) and not emails()
        action = response.context["action_url"]
        wrong = person.post(action, {"password": "x", "return_url": url})
        assert "portal-field--invalid" in text_of(wrong) or "portal-error" in text_of(wrong)
        entered = person.post(action, {"password": "open sesame", "return_url": url})
        assert entered.url == url
        assert "A long story" in text_of(person.get(url))


@pytest.mark.parametrize("kind", ["groups", "password", "login"])
def test_forms_that_the_reader_cannot_open_are_not_listed(
    kind, editor, home, report, contact, partners, lee, browser, as_member
):
    third = factories.form_page(home, title="Third form", slug="third")
    assert "Third form" in text_of(browser.get("/support/new/"))
    assert 'href="/support/new/"' in text_of(browser.get("/support/"))
    data = {"groups": {"groups": [partners.pk]}, "password": {"password": "pst"}, "login": {}}[kind]
    for form in (report, contact):
        editor.restrict(form, kind, **data)
    page = text_of(browser.get("/support/new/", follow=True))
    hidden = kind != "login"
    assert ("Contact us" not in page) == hidden
    if hidden:
        # Only one is left, which opens at once.
        assert browser.get("/support/new/").url == "/support/third/"
    if kind == "groups":
        assert "Report a problem" in text_of(as_member(lee).get("/support/new/"))
    editor.unpublish(third)
    assert ('href="/support/new/"' in text_of(browser.get("/support/"))) != hidden
    visitor = Client()
    gone = visitor.post("/support/gone/", {"submission_key": "1", "visitor-email": "a@b.example"})
    assert gone.status_code == 410
    assert "Contact us" not in text_of(gone)


def test_agents_view_the_portal_with_the_privacy_of_the_member(
    editor, home, partners, lee, dana, as_member
):
    editor.restrict(home, "groups", groups=[partners.pk])
    agent = factories.staff("Support managers", name="Robin Agent")
    robin = Client()
    robin.force_login(agent, backend="django.contrib.auth.backends.ModelBackend")
    assert robin.get("/support/view-as/").status_code == 200
    for member, status in ((lee, 200), (dana, 403)):
        response = robin.post("/support/view-as/", {"member": member.pk})
        assert response.status_code == 302, response.content.decode()
        assert robin.get("/support/").status_code == status
