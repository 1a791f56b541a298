"""Every portal URL in the admin, for every kind of person."""

import pytest
from django.urls import get_resolver, reverse

from tests import factories
from tests.desk.conftest import group, signed_in
from wagtail_portal import actions
from wagtail_portal.models import BulkChange, SavedFilter
from wagtail_portal.permissions import Actor

SECRETS = ("Zebra", "Dana Reyes", "dana@acme.example", "secret body", "Acme")
#: Values for the parameters of a URL.
PARTS = {"kind": "member", "tab": "all", "change": "delete"}


@pytest.fixture
def scenario(dana):
    """A ticket of Acme, a saved view and a bulk change of another user, and users who can't see
    them."""
    owner = factories.agent()
    factories.ticket(dana, subject="Zebra stripes", body="A secret body.")
    SavedFilter.objects.create(user=owner, name="Zebra view")
    BulkChange.objects.create(user=owner, verb="close", problems=[[1, "Zebra"]], total=1)
    group("Editors")
    birk = factories.organization("Birk")
    limited = group("Birk team", "view_ticket", "report_ticket", "export_ticket", "change_ticket")
    actions.limit_group(limited, by=Actor.system(), organizations=[birk])
    return {
        "editor": factories.staff("Editors"),
        "limited": factories.staff("Birk team"),
        "customer": dana.user,
    }


def urls() -> list[str]:
    """Return the URLs registered outside Wagtail's own views, with parameters filled in."""
    found = []
    for name, forms in get_resolver("wagtail.admin.urls").reverse_dict.lists():
        if not (isinstance(name, str) and name.startswith("wagtail_portal")):
            continue
        for possibilities, *_rest in forms:
            for _template, params in possibilities:
                args = {param: PARTS.get(param, 1) for param in params}
                if "import" in name:
                    args["kind"] = "members"
                found.append(reverse(name, kwargs=args))
    return found


def test_urls_are_found():
    assert len(urls()) >= 8


@pytest.mark.parametrize("person", ["editor", "limited", "customer"])
def test_hidden_tickets_are_not_revealed(scenario, person):
    browser = signed_in(scenario[person])
    for url in urls():
        for send in (browser.get, browser.post):
            for query in ({}, {"q": "zebra dana acme"}, {"export": "csv"}):
                response = send(url, query)
                body = (
                    b"".join(response.streaming_content) if response.streaming else response.content
                ).decode()
                assert not any(word in body for word in SECRETS), url
                if person != "limited":
                    assert response.status_code in (302, 404, 405), url
    assert SavedFilter.objects.exists()
