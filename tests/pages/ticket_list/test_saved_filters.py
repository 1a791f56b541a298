"""Members' saved filters."""

import pytest

from tests import factories
from tests.pages.ticket_list.lists import active_filters, designate, numbers
from wagtail_portal import actions
from wagtail_portal.models import Role, SavedFilter
from wagtail_portal.permissions import Actor


@pytest.fixture
def admin(acme):
    return factories.member(acme, role=Role.ADMIN, name="Ada Admin")


def save(browser, name="Urgent ones", query="urgency=urgent"):
    return browser.post("/support/filters/", {"name": name, "query": query})


def test_saved_filter_is_available_on_another_device(browser, home, dana, as_member):
    designate(home, "urgency", as_filter=True)
    urgent = factories.ticket(dana, urgency="urgent")
    factories.ticket(dana)
    page = browser.get("/support/?urgency=urgent").content.decode()
    assert "Save this list as" in page
    response = save(browser)
    assert response.url == "/support/?urgency=urgent"
    elsewhere = as_member(dana)
    page = elsewhere.get("/support/").content.decode()
    assert 'href="/support/?urgency=urgent"' in page
    response = elsewhere.get("/support/?urgency=urgent")
    assert numbers(response) == [urgent.number]
    assert response.context["saved"].current.saved.name == "Urgent ones"
    assert not response.context["saved"].can_save
    # The page number isn't part of it.
    response = elsewhere.get("/support/?urgency=urgent&page=2")
    assert response.context["saved"].current.saved.name == "Urgent ones"


def test_only_known_parameters_are_saved(browser, home, dana):
    designate(home, "urgency", as_filter=True)
    response = save(
        browser,
        query="tab=open&urgency=urgent&urgency=x&next=https://evil.example&page=3&organization=1"
        "&q=export&sort=-updated&period=all&requester=a",
    )
    kept = SavedFilter.objects.get().query
    assert set(kept.split("&")) == {"tab=open", "q=export", "urgency=urgent", "period=all"}
    assert response.url == f"/support/?{kept}"


@pytest.mark.parametrize("query", ["//evil.example", "https://evil.example/?q=1", "\r\nX: y", ""])
def test_saving_does_not_redirect_elsewhere(browser, home, query):
    response = save(browser, query=query)
    assert response.url.startswith("/support/?")
    assert "evil" not in response.url.partition("?")[0]


@pytest.mark.parametrize("name", ["", " ", "x" * 61])
def test_invalid_name_is_rejected_and_input_is_kept(browser, home, name):
    response = save(browser, name, "tab=open")
    assert response.status_code == 200
    page = response.content.decode()
    assert "portal-error" in page
    assert '<input type="hidden" name="query" value="tab=open"' in page
    assert not SavedFilter.objects.exists()


def test_filter_by_a_field_that_is_no_longer_designated(browser, home, dana):
    field = factories.ticket_field("Severity", choices=[("High", "red")])
    settings = designate(home, field, as_filter=True)
    factories.ticket(dana, "High", values={"severity": "high"})
    factories.ticket(dana, "Other")
    save(browser, "High ones", "tab=open&f-severity=high")
    url = f"/support/?{SavedFilter.objects.get().query}"
    response = browser.get(url)
    assert len(numbers(response)) == 1
    assert active_filters(response) == ["Severity: High"]
    assert "left out" not in response.content.decode()
    settings.designated_fields.all().delete()
    settings.save()
    response = browser.get(url)
    assert len(numbers(response)) == 2
    page = response.content.decode()
    assert "“High ones” uses something that’s no longer available in the portal" in page
    assert "left out" not in browser.get("/support/?tab=open").content.decode()
    assert "left out" not in browser.get("/support/?tab=open&f-severity=low").content.decode()


def test_rename_and_delete(browser, home):
    save(browser)
    url = f"/support/filters/{SavedFilter.objects.get().pk}/"
    assert browser.get(url).url == "/support/filters/"
    browser.post(url, {"do": "rename", "name": "Very urgent"})
    assert SavedFilter.objects.get().name == "Very urgent"
    page = browser.post(url, {"do": "rename", "name": ""}).content.decode()
    assert "Enter a name for the filter." in page
    assert '<details class="portal-saved-filter__change" open>' in page
    assert browser.post(url, {"do": "something"}).url == "/support/filters/"
    assert SavedFilter.objects.get().name == "Very urgent"
    response = browser.post(url, {"do": "delete"}, follow=True)
    assert " deleted." in response.content.decode()
    assert not SavedFilter.objects.exists()
    assert browser.post(url, {"do": "delete"}).status_code == 404


def test_admin_can_share_filters_with_teammates(as_member, home, admin, dana):
    factories.ticket(admin, "Of the admin")
    mine = factories.ticket(dana, "Of Dana")
    theirs = as_member(admin)
    save(theirs, "All open", "tab=open")
    url = f"/support/filters/{SavedFilter.objects.get().pk}/"
    browser = as_member(dana)
    assert "All open" not in browser.get("/support/").content.decode()
    assert browser.post(url, {"do": "delete"}).status_code == 404
    theirs.post(url, {"do": "share"})
    page = browser.get("/support/?tab=open")
    assert "All open" in page.content.decode()
    assert numbers(page) == [mine.number]
    page = browser.get("/support/filters/").content.decode()
    assert "Shared with your organization" in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    for do in ("delete", "rename", "unshare", "share"):
        response = browser.post(url, {"do": do, "name": "Mine"}, follow=True)
        assert "doesn’t allow this" in response.content.decode()
    assert SavedFilter.objects.get().shared
    theirs.post(url, {"do": "unshare"})
    assert "All open" not in browser.get("/support/").content.decode()


def test_plain_members_are_not_offered_sharing(browser, home):
    save(browser)
    assert "Share with" not in browser.get("/support/filters/").content.decode()
    url = f"/support/filters/{SavedFilter.objects.get().pk}/"
    assert "doesn’t allow this" in browser.post(url, {"do": "share"}, follow=True).content.decode()
    assert not SavedFilter.objects.get().shared


def test_filters_are_hidden_from_other_organizations(as_member, home, admin):
    saved = actions.save_filter(by=Actor.for_member(admin), name="Theirs", query="tab=open")
    actions.share_filter(saved, by=Actor.for_member(admin))
    outsider = factories.member(factories.organization(), role=Role.ADMIN)
    browser = as_member(outsider)
    assert "Theirs" not in browser.get("/support/filters/").content.decode()
    assert browser.post(f"/support/filters/{saved.pk}/", {"do": "unshare"}).status_code == 404


def test_names_are_escaped(browser, home):
    save(browser, "<script>x</script>")
    for path in ("/support/", "/support/filters/"):
        assert "<script>x" not in browser.get(path).content.decode()


def test_huge_ids_look_like_missing_ones(browser, home):
    for pk in ("0", "9" * 30, "9" * 5000):
        assert browser.post(f"/support/filters/{pk}/").status_code == 404


def test_changes_require_a_csrf_token(dana, home):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(dana.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post("/support/filters/", {"name": "x", "query": ""}).status_code == 403


@pytest.mark.parametrize(("role", "named"), [(Role.ADMIN, True), (Role.MEMBER, False)])
def test_who_shares_a_filter_is_named_to_those_who_see_members(
    home, acme, admin, as_member, role, named
):
    saved = actions.save_filter(by=Actor.for_member(admin), name="Urgent", query="tab=open")
    actions.share_filter(saved, by=Actor.for_member(admin))
    browser = as_member(factories.member(acme, role=role))
    for path in ("", "filters/"):
        page = browser.get(f"/support/{path}").content.decode()
        assert "Urgent" in page
        assert ("Ada Admin" in page) == named, path
