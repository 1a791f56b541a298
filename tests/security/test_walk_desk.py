"""Every portal URL in the admin, for every kind of person."""

import uuid

import pytest
from django.contrib.contenttypes.models import ContentType
from django.urls import get_resolver, reverse

from tests import factories
from tests.desk.conftest import group, signed_in
from tests.security.test_walk import content
from wagtail_portal import actions
from wagtail_portal.models import (
    BulkChange,
    CustomerImport,
    Member,
    Organization,
    SavedFilter,
    Ticket,
)
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
    CustomerImport.objects.create(user=owner, kind="members", problems=[[1, "Zebra"]], total=1)
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


#: Whose rows are hidden from a group that is limited to another organization.
HIDDEN = {"ticket": Ticket, "member": Member, "organization": Organization}


def snippet_urls(hidden: dict[str, int]):
    """Yield ``(model name, url)`` of every screen of the portal's snippets.

    :param hidden: by model name, the primary key of a row that must stay hidden.
    """
    for namespace, (_prefix, resolver) in get_resolver("wagtail.admin.urls").namespace_dict.items():
        start, _middle, model_name = namespace.rpartition("wagtail_portal_")
        if not start.startswith("wagtailsnippet"):
            continue
        for name, forms in resolver.reverse_dict.lists():
            for _template, params in (
                pair for possibilities, *_rest in forms for pair in possibilities
            ):
                if isinstance(name, str):
                    pk = hidden.get(model_name, 1)
                    args = {param: PARTS.get(param, 1) for param in params} | (
                        {"pk": pk} if "pk" in params else {}
                    )
                    if name in ("file", "thumbnail"):
                        args |= {"pk": uuid.UUID(int=1)} | (
                            {"name": "x.txt"} if "name" in params else {}
                        )
                    yield model_name, reverse(f"{namespace}:{name}", kwargs=args)


@pytest.mark.long
def test_no_permission_reveals_what_is_out_of_scope(scenario, dana):
    """All permissions on one model, in a group that is limited to another organization."""
    ticket = Ticket.objects.get()
    hidden = {"ticket": ticket.pk, "member": dana.pk, "organization": dana.organization_id}
    walk = [*snippet_urls(hidden), *(("", url) for url in urls())]
    birk = Organization.objects.get(name="Birk")
    models = ContentType.objects.filter(app_label="wagtail_portal", permission__isnull=False)
    before, walked = hidden_rows(hidden), 0
    for content_type in models.distinct():
        permissions = content_type.permission_set.values_list("codename", flat=True)
        found = group(f"only {content_type.model}", "view_ticket", *permissions)
        actions.limit_group(found, by=Actor.system(), organizations=[birk])
        browser = signed_in(factories.staff(found.name))
        for model_name, url in walk:
            sends = [browser.get, browser.post] if model_name in HIDDEN else [browser.get]
            for send in sends:
                body = content(send(url, {"q": "zebra dana acme", "do": "approve"}))
                # The example of an import.
                body = body.replace("Dana Reyes,C-1042", "")
                assert not any(word in body for word in SECRETS), (found.name, url)
                walked += 1
        assert hidden_rows(hidden) == before, found.name
    assert walked >= 4000


def hidden_rows(hidden) -> list:
    return [HIDDEN[name].objects.filter(pk=pk).values().get() for name, pk in hidden.items()]
