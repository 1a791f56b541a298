"""Every URL with requests that no one expects: none of them is an error of ours.

The requests are the same in each run; ``THOROUGH=1`` makes ten times as many.
"""

import traceback
from collections import defaultdict
from http.cookies import SimpleCookie
from itertools import product

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.urls import reverse
from wagtail.models import Site
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from tests import factories
from tests.desk.conftest import signed_in
from tests.pages import all_pages
from tests.rollback import rolled_back
from tests.security.fuzz import Fuzzer, fields_of, shown
from tests.security.routes import Route, desk_urls, portal_pages, sign_in_urls, viewset_urls
from tests.signin.tokens import ISSUER
from tests.thorough import THOROUGH
from wagtail_portal import actions, models
from wagtail_portal.permissions import Actor

pytestmark = pytest.mark.long

#: A page needs several requests until a form is tampered with in a way that matters.
TRIES = range(20 if THOROUGH else 2)
#: Where the first and the last days of the calendar are in another year in UTC.
ZONES = {"portal": "America/New_York", "accounts": "Asia/Tokyo", "admin": "Europe/Berlin"}
LIMITS = ("TICKETS_PER_HOUR", "REPLIES_PER_HOUR", "EXPORTS_PER_HOUR", "PREVIEWS_PER_HOUR")


@pytest.fixture
def sample(home, settings):
    """Rows of everything, and values for the parameters of URLs."""
    settings.WAGTAIL_PORTAL = {
        "JWT_ISSUERS": [{**ISSUER, "new_members": True}],
        **dict.fromkeys(LIMITS, 0),
    }
    app = {"provider_id": "acme", "name": "Acme", "client_id": "x", "secret": "x"}
    app["settings"] = {"server_url": "http://127.0.0.1:9/"}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    found = all_pages.build(home)
    acme = found["dana"].organization
    models.Organization.objects.filter(pk=acme.pk).update(external_id="acme")
    models.OrganizationDomain.objects.create(organization=acme, domain="acme.example")
    models.SavedReply.objects.create(title="Reply", text="Hello")
    models.EmailTemplate.objects.create(site=Site.objects.get(), event="reply_added", subject="x")
    models.SavedFilter.objects.create(user=found["agent"], name="View")
    models.SavedFilter.objects.create(member=found["admin"], name="Filter", query="tab=open")
    models.BulkChange.objects.create(user=found["agent"], verb="close", total=1)
    models.CustomerImport.objects.create(user=found["agent"], kind="members", total=1)
    models.Erasure.objects.create(user=found["agent"], total=1)
    models.OrganizationMerge.objects.create(user=found["agent"], total=1, source_pk=1, target_pk=1)
    models.JoinRequest.objects.create(
        user=actions.provision_user("please@acme.example"), organization=acme
    )
    _add_rows(found)
    form = factories.form_page(home, title="Anyone", slug="anyone")
    form.audience = "anyone"
    form.save()
    return found


def _add_rows(found) -> None:
    """Add what the desk's further screens show."""
    ticket, team = found["ticket"], Actor.for_agent(found["agent"])
    for about in ("organization", "member"):
        for kind in ("text", "choice", "choices", "date", "datetime", "decimal", "member", "url"):
            field = models.CustomerField.objects.create(
                label=f"{about} {kind}", about=about, type=kind
            )
            if kind.startswith("choice"):
                models.CustomerFieldChoice.objects.create(field=field, label="A", sort_order=0)
    settings = models.PortalSettings.for_site(Site.objects.get())
    settings.customers_share, settings.incoming_address = True, "support@company.example"
    settings.save()
    guest = {"added_by": ticket.requester, "email": "guest@elsewhere.example"}
    models.Guest.objects.create(ticket=ticket, **guest)
    models.SuggestedFollower.objects.create(ticket=ticket, member=found["admin"])
    status = models.Status.objects.first_of(models.State.CLOSED)
    models.SavedReply.objects.create(title="Macro", text="Hello {{ name }}", set_status=status)
    actions.receive_email(b"From: new@elsewhere.example\r\nSubject: x\r\n\r\nHello")
    models.ReceivedEmail.objects.update(state=models.ReceivedState.HELD)
    actions.snooze(found["solved"], by=team)
    actions.answer_ticket(ticket, by=team, reply={"body": "Last"})
    actions.begin_mailbox_test(Site.objects.get(), by=team)


MODELS = [value for value in vars(models).values() if hasattr(value, "_meta")]
KINDS = {
    "portal_export": "csv",
    "portal_members_export": "csv",
    "wagtail_portal_import": "members",
}


def known_values(route: Route, sample) -> dict:
    """Return values for the parameters of a route that belong to objects."""
    file = models.Attachment.objects.first()
    values = {
        "kind": KINDS.get(route.name, "form"),
        "number": sample["ticket"].number,
        "key": "dashboard",
        "provider_id": "acme",
        "tab": "all",
        "change": "delete",
        "verb": "close",
        "join_request": models.JoinRequest.objects.first().pk,
        "page_pk": sample["form"].pk,
        "name": file.name,
    }
    rows = {
        "portal_filter": models.SavedFilter.objects.filter(user=None),
        "portal_member": models.Member.objects.all(),
        "portal_invitation_change": models.Invitation.objects.all(),
        "portal_join_request": models.JoinRequest.objects.all(),
        "wagtail_portal_view_change": models.SavedFilter.objects.exclude(user=None),
        "wagtail_portal_bulk": models.BulkChange.objects.all(),
        "wagtail_portal_customers_progress": models.CustomerImport.objects.all(),
        "wagtail_portal_erasure": models.Erasure.objects.all(),
        "wagtail_portal_organization_merge": models.OrganizationMerge.objects.all(),
        "wagtail_portal_publish_form": type(sample["form"]).objects.all(),
    }
    if route.name in ("file", "thumbnail", "portal_file", "portal_thumbnail"):
        values["pk"] = file.pk
    elif route.name in rows:
        values["pk"] = rows[route.name].first().pk
    elif route.model_name:
        model = next(row for row in MODELS if row._meta.model_name == route.model_name)
        found = model.objects.order_by("pk")
        with_formset = found.exclude(choices=None) if model is models.TicketField else found
        values["pk"] = getattr(with_formset.last(), "pk", 1)
    return values


def other_urls(sample) -> list[Route]:
    """Return forms, and screens of Wagtail with forms of the portal."""
    form, home, site = sample["form"].pk, sample["home"].pk, Site.objects.get().pk
    names = [
        ("wagtailsettings:edit", ["wagtail_portal", "portalsettings", site]),
        ("wagtailadmin_pages:edit", [form]),
        ("wagtailadmin_pages:edit", [home]),
        ("wagtailadmin_pages:preview_on_edit", [form]),
        ("wagtailadmin_pages:add", ["wagtail_portal_pages", "ticketformpage", home]),
        ("wagtailusers_groups:edit", [Group.objects.first().pk]),
        ("wagtailadmin_account", []),
        ("wagtailadmin_home", []),
    ]
    changes = ("close", "assign", "field", "status", "update", "saved_reply", "export", "x")
    paths = ["/support/form/", "/support/anyone/"]
    paths += [reverse(name, args=args) for name, args in names]
    paths += [
        reverse("wagtail_bulk_action", args=["wagtail_portal", "ticket", name])
        + f"?id={sample['ticket'].pk}"
        for name in changes
    ]
    return [
        Route("admin" if path.startswith("/admin/") else "portal", path, path, ()) for path in paths
    ]


#: What scripts add to the form of a page.
STREAMS = {
    name: [str(value)]
    for name, value in nested_form_data(
        {
            "questions": streamfield([("question_text", {"label": "x", "max_length": "9"})]),
            "presets": streamfield([]),
            "for_customers": streamfield([]),
            "for_organizations": streamfield([("organization", "1")]),
            "content": streamfield([("announcement", {"begins": "2026-10-25 02:30"})]),
            "comments": inline_formset([]),
        }
    ).items()
}


class Walker:
    """Sends requests as someone, and keeps what went wrong."""

    def __init__(self, browser):
        self.browser = browser
        self.cookies = browser.cookies.output(header="", sep=";")
        self.failures = []

    def send(self, method, arguments):
        """Return the response; None after an exception."""
        self.browser.cookies = SimpleCookie(self.cookies)
        cache.clear()
        try:
            response = getattr(self.browser, method)(**arguments)
            body = b"".join(response.streaming_content) if response.streaming else response.content
        except Exception as error:
            where = traceback.format_exc()
            self.failures.append((type(error), method, shown(arguments), where))
            return None
        # Health endpoints respond with 503 if something needs attention.
        if response.status_code >= 500 and "/health/" not in arguments["path"]:
            self.failures.append((response.status_code, method, shown(arguments), ""))
        return body.decode(errors="replace")

    def walk(self, routes, sample):
        """Open each URL, and send something else to it."""
        known = {
            route: dict.fromkeys(route.params, 1) | known_values(route, sample) for route in routes
        }
        pages, places = {}, defaultdict(dict)
        for route in routes:
            with rolled_back():
                html = self.send("get", {"path": route.path(known[route])})
            pages[route] = fields_of(html or "")
            places[route.place] |= pages[route]
            if "/admin/pages/" in route.template:
                # Wagtail would take it for the name of a view, on pages of any type.
                pages[route].pop("next", None)
                pages[route] |= STREAMS
        for route, number in product(routes, TRIES):
            fuzzer = Fuzzer(f"{number} {route.place} {route.name} {route.params}")
            path = route.path(fuzzer.params(route, known[route]))
            # What buttons send to has no page of its own.
            fields = pages[route] or places[route.place]
            with rolled_back():
                self.send(*fuzzer.request(path, fields))


@pytest.mark.parametrize("place", ["portal", "accounts", "admin"])
def test_no_request_is_an_error(sample, as_member, client, settings, place):
    settings.TIME_ZONE = ZONES[place]
    routes = {
        "portal": portal_pages(),
        "accounts": sign_in_urls(),
        "admin": [*desk_urls(), *viewset_urls()],
    }[place]
    routes += [route for route in other_urls(sample) if route.place == place]
    browser = signed_in(sample["agent"]) if place == "admin" else as_member(sample["admin"])
    walkers = [Walker(browser)]
    if place != "admin":
        walkers.append(Walker(client))
    for walker in walkers:
        walker.walk(routes, sample)
    failures = [failure for walker in walkers for failure in walker.failures]
    assert not failures, "\n\n".join("\n".join(map(str, failure)) for failure in failures)
