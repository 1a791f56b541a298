"""Every portal URL in the admin, for every kind of person."""

import uuid

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from tests import factories
from tests.desk.conftest import group, signed_in
from tests.security.routes import desk_urls, viewset_urls
from tests.security.test_walk import content
from tests.thorough import THOROUGH
from wagtail_portal import actions
from wagtail_portal.models import (
    BulkChange,
    CustomerImport,
    Erasure,
    Member,
    Organization,
    OrganizationMerge,
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
    Erasure.objects.create(user=owner, problems=[[1, "Zebra"]], total=1)
    pk = dana.organization_id
    problems = [[None, "Zebra"]]
    OrganizationMerge.objects.create(
        user=owner, problems=problems, total=1, source_pk=pk, target_pk=pk
    )
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
    return [
        route.path(
            {param: PARTS.get(param, 1) for param in route.params}
            | ({"kind": "members"} if "import" in route.name else {})
        )
        for route in desk_urls()
    ]


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
                # Editors choose the fields of customers in forms; their labels aren't confidential.
                chooses = person == "editor" and url == reverse("wagtail_portal_customer_answers")
                if person != "limited" and not chooses:
                    assert response.status_code in (302, 404, 405), url
    assert SavedFilter.objects.exists()


#: Models whose permissions one group has.
MODELS = 1 if THOROUGH else 12
#: Whose rows are hidden from a group that is limited to another organization.
HIDDEN = {"ticket": Ticket, "member": Member, "organization": Organization}


def snippet_urls(hidden: dict[str, int]):
    """Yield ``(model name, url)`` of every screen of the portal's snippets.

    :param hidden: by model name, the primary key of a row that must stay hidden.
    """
    for route in viewset_urls():
        is_file = route.name in ("file", "thumbnail")
        pk = uuid.UUID(int=1) if is_file else hidden.get(route.model_name, 1)
        parts = {param: PARTS.get(param, 1) for param in route.params} | {"pk": pk, "name": "x.txt"}
        yield route.model_name, route.path(parts)


@pytest.mark.long
def test_no_permission_reveals_what_is_out_of_scope(scenario, dana):
    """All permissions on a few models, in a group that is limited to another organization."""
    ticket = Ticket.objects.get()
    hidden = {"ticket": ticket.pk, "member": dana.pk, "organization": dana.organization_id}
    walk = [*snippet_urls(hidden), *(("", url) for url in urls())]
    birk = Organization.objects.get(name="Birk")
    models = ContentType.objects.filter(app_label="wagtail_portal", permission__isnull=False)
    before, walked = hidden_rows(hidden), 0
    models = list(models.distinct().order_by("model"))
    for start in range(0, len(models), MODELS):
        some = models[start : start + MODELS]
        permissions = Permission.objects.filter(content_type__in=some)
        codenames = permissions.values_list("codename", flat=True)
        name = "only " + ", ".join(content_type.model for content_type in some)
        found = group(name, "view_ticket", *codenames)
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
    assert walked >= 150 * len(range(0, len(models), MODELS))


def hidden_rows(hidden) -> list:
    return [HIDDEN[name].objects.filter(pk=pk).values().get() for name, pk in hidden.items()]
