"""Groups limited to some tickets, in every part of the admin."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from wagtail.models import ModelLogEntry, Site

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import GroupScope, Organization, Ticket
from wagtail_portal.permissions import Actor, tickets_for_team

from .conftest import group, signed_in, ticket_url

ALL = ("view_ticket", "reply_ticket", "change_ticket", "assign_ticket", "delete_ticket")


@pytest.fixture
def birk(db):
    return factories.organization("Birk")


@pytest.fixture
def tickets(dana, birk, home):
    """One of Acme, one of Birk, and one of Birk opened with a form."""
    toni = factories.member(birk, "toni@birk.example", name="Toni Ek")
    form = factories.form_page(home)
    return {
        "acme": factories.ticket(dana, subject="Acme asks"),
        "birk": factories.ticket(toni, subject="Birk asks"),
        "form": factories.ticket(toni, subject="Birk fills in", form=form),
    }


def limited(name="Acme team", codenames=ALL, **scope) -> Group:
    found = group(name, *codenames, "export_ticket")
    actions.limit_group(found, by=Actor.system(), **scope)
    return found


def seen_by(user) -> set[str]:
    # Django caches permissions and scopes on the user for the length of a request.
    fresh = get_user_model().objects.get(pk=user.pk)
    return set(tickets_for_team(fresh).values_list("subject", flat=True))


def test_groups_can_be_limited_by_organization_form_and_site(tickets, acme):
    limited("A", organizations=[acme])
    limited("F", forms=[tickets["form"].form])
    limited("S", sites=[Site.objects.get(is_default_site=True)])
    assert seen_by(factories.staff("A")) == {"Acme asks"}
    assert seen_by(factories.staff("F")) == {"Birk fills in"}
    assert seen_by(factories.staff("S")) == {"Acme asks", "Birk asks", "Birk fills in"}


def test_scopes_of_several_groups_are_combined(tickets, acme):
    limited("A", organizations=[acme])
    limited("F", forms=[tickets["form"].form])
    assert seen_by(factories.staff("A", "F")) == {"Acme asks", "Birk fills in"}
    assert len(seen_by(factories.staff("A", "Support agents"))) == 3
    group("Others", "change_status")
    assert seen_by(factories.staff("A", "Others")) == {"Acme asks"}


def test_personal_permissions_are_not_limited(tickets, acme):
    limited("A", organizations=[acme])
    user = factories.staff("A")
    user.user_permissions.add(Permission.objects.get(codename="view_ticket"))
    assert len(seen_by(user)) == 3
    assert len(seen_by(factories.staff("A", is_superuser=True))) == 3


def test_deleting_the_form_a_group_is_limited_to_gives_no_access(tickets):
    form = tickets["form"].form
    limited("F", forms=[form])
    user = factories.staff("F")
    form.get_parent().get_children().get(pk=form.pk).delete()
    assert seen_by(user) == set()
    assert GroupScope.objects.filter(group__name="F").exists()


def test_agents_cannot_be_assigned_out_of_their_scope(tickets, acme):
    limited("A", organizations=[acme])
    user = factories.staff("A")
    actions.assign(tickets["acme"], by=Actor.system(), assignee=user)
    with pytest.raises(Invalid):
        actions.assign(tickets["birk"], by=Actor.system(), assignee=user)


def test_actions_refuse_tickets_out_of_scope(tickets, acme):
    limited("A", organizations=[acme])
    by = Actor.for_agent(factories.staff("A"))
    for act in (
        lambda: actions.reply(tickets["birk"], by=by, body="Hello"),
        lambda: actions.assign(tickets["birk"], by=by, assignee=None),
        lambda: actions.delete_ticket(tickets["birk"], by=by),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_listing_search_and_export_leave_out_tickets_out_of_scope(tickets, acme):
    limited("A", organizations=[acme])
    browser = signed_in(factories.staff("A"))
    for query in (
        {},
        {"q": "asks"},
        {"q": "birk"},
        {"organization": tickets["birk"].organization_id},
    ):
        for name in ("list", "list_results"):
            html = browser.get(ticket_url(name), query).content.decode()
            assert "Birk" not in html and "Toni" not in html, query
    file = b"".join(browser.get(ticket_url("list"), {"export": "csv"}).streaming_content).decode()
    assert "Acme asks" in file and "Birk" not in file


def test_every_view_treats_a_ticket_out_of_scope_like_a_missing_one(tickets, acme):
    limited("A", organizations=[acme])
    browser = signed_in(factories.staff("A"))
    hidden = tickets["birk"]
    for name in ("edit", "history", "history_results", "delete", "reply", "save"):
        for send in (browser.get, browser.post):
            response = send(ticket_url(name, hidden.pk))
            assert response.status_code == 404 or response.url == "/admin/", name
            assert "Birk" not in response.content.decode()


def test_site_history_does_not_show_subjects(tickets, acme):
    actions.delete_ticket(tickets["birk"], by=Actor.system())
    limited("A", organizations=[acme])
    browser = signed_in(factories.staff("A"))
    assert (
        "Birk asks"
        not in browser.get(reverse("wagtailadmin_reports:site_history")).content.decode()
    )


def test_suggestions_leave_out_what_is_out_of_scope(tickets, acme, editor):
    limited("A", organizations=[acme])
    scoped, open_to_all = signed_in(factories.staff("A")), signed_in(factories.agent())

    def labels(browser, kind, typed):
        response = browser.get(reverse("wagtail_portal_suggest", args=[kind]), {"q": typed})
        assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
        return [row["label"] for row in response.json()["results"]]

    assert labels(scoped, "organization", "i") == []
    assert labels(scoped, "organization", "acm") == ["Acme"]
    assert labels(scoped, "member", "toni") == []
    assert labels(scoped, "member", "dana acme") == ["Dana Reyes (Acme)"]
    assert labels(open_to_all, "member", "toni") == ["Toni Ek (Birk)"]
    assert labels(open_to_all, "member", "") == []
    assert labels(open_to_all, "form", "report") == ["Report a problem"]
    refused = signed_in(editor).get(reverse("wagtail_portal_suggest", args=["member"]), {"q": "a"})
    assert refused.status_code == 302 and refused.url == "/admin/"
    assert open_to_all.get("/admin/portal/suggest/passwords/").status_code == 404


def _group_form(found, **scope):
    return {
        "name": found.name,
        "permissions": [str(pk) for pk in found.permissions.values_list("pk", flat=True)],
        "page_permissions-TOTAL_FORMS": 0,
        "page_permissions-INITIAL_FORMS": 0,
        **{
            f"{prefix}_permissions-{end}": 0
            for prefix in ("collection", "document", "image", "collection_management")
            for end in ("TOTAL_FORMS", "INITIAL_FORMS")
        },
        **{f"ticket_scope-{key}": value for key, value in scope.items()},
    }


def test_scope_can_be_set_in_the_group_editor(tickets, birk, superuser):
    found = group("Birk team", *ALL)
    user, browser = factories.staff("Birk team"), signed_in(superuser)
    url = reverse("wagtailusers_groups:edit", args=[found.pk])
    assert "Limit access to some tickets" in browser.get(url).content.decode()

    nothing = browser.post(url, _group_form(found, limited="on"))
    assert "Select at least one organization" in nothing.content.decode()
    assert len(seen_by(user)) == 3

    response = browser.post(url, _group_form(found, limited="on", organizations=birk.pk))
    assert response.status_code == 302
    assert seen_by(user) == {"Birk asks", "Birk fills in"}
    assert "Birk" in browser.get(url).content.decode()
    assert ModelLogEntry.objects.get(action="wagtail_portal.limit_group").user == superuser

    browser.post(url, _group_form(found))
    assert len(seen_by(user)) == 3
    assert Ticket.objects.count() == 3


def test_group_is_limited_to_what_still_exists(acme, birk, home):
    sold, closed = factories.organization("Sold"), factories.organization("Closed")
    form = factories.form_page(home)
    chosen = [acme, Organization.objects.get(pk=sold.pk), Organization.objects.get(pk=closed.pk)]
    actions.merge_organizations(sold, into=birk, by=Actor.system())
    closed.delete()
    type(form).objects.get().delete()
    found = group("Some")
    scope = actions.limit_group(found, by=Actor.system(), organizations=chosen, forms=[form])
    assert set(scope.organizations.all()) == {acme, birk}
    assert not scope.forms.exists()


def test_suggestions_of_people_ignore_the_domain_of_their_address(tickets):
    browser = signed_in(factories.agent(name="Robin Vale"))

    def found(typed):
        url = reverse("wagtail_portal_suggest", args=["member"])
        return [row["label"] for row in browser.get(url, {"q": typed}).json()["results"]]

    dana = [label for label in found("dana") if "Dana" in label]
    assert dana and found("dana@acme.example") == dana
    # Otherwise, everyone in the company would be found.
    assert found("example") == found(".example") == []
