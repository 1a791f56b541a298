"""Access to every ticket URL in the admin, by kind of user, for existing and missing tickets."""

import uuid

import pytest
from django.urls import NoReverseMatch, get_resolver, reverse
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.snippets.models import get_snippet_models

from tests import factories
from wagtail_portal import actions
from wagtail_portal.desk.menu import SupportGroup
from wagtail_portal.models import (
    Member,
    Organization,
    Role,
    SavedReply,
    Status,
    Ticket,
    TicketField,
)
from wagtail_portal.permissions import Actor

from .conftest import TICKETS, group, signed_in, ticket_url

SUBJECT = "Zebra stripes are missing"
HIDDEN = ("Zebra", "Dana Reyes", "dana@acme.example", "secret body")

#: View name: whether it's about one ticket, and what each kind of user gets. "ok" is a page, "sent"
#: a redirect to the ticket, "no" the admin's refusal.
VIEWS = {
    "list": (False, {"viewer": "ok", "agent": "ok", "manager": "ok", "superuser": "ok"}),
    "list_results": (False, {"viewer": "ok", "agent": "ok", "manager": "ok", "superuser": "ok"}),
    "view": (False, {"viewer": "ok", "agent": "ok", "manager": "ok", "superuser": "ok"}),
    "view_results": (False, {"viewer": "ok", "agent": "ok", "manager": "ok", "superuser": "ok"}),
    "edit": (True, {"viewer": "ok", "agent": "ok", "manager": "ok", "superuser": "ok"}),
    "reply": (True, {"agent": "sent", "manager": "sent", "superuser": "sent"}),
    "note": (True, {"agent": "sent", "manager": "sent", "superuser": "sent"}),
    "upload": (True, {"agent": "ok", "manager": "ok", "superuser": "ok"}),
    "updates": (True, {"viewer": "ok", "agent": "ok", "manager": "ok", "superuser": "ok"}),
    "peek": (True, {"viewer": "ok", "agent": "ok", "manager": "ok", "superuser": "ok"}),
    "saved_replies": (True, {"agent": "ok", "manager": "ok", "superuser": "ok"}),
    "presence": (True, {"viewer": "ok", "agent": "ok", "manager": "ok", "superuser": "ok"}),
    "save": (True, {"agent": "sent", "manager": "sent", "superuser": "sent"}),
    "snooze": (True, {"agent": "sent", "manager": "sent", "superuser": "sent"}),
    "end_snooze": (True, {"agent": "sent", "manager": "sent", "superuser": "sent"}),
    "link": (True, {"agent": "sent", "manager": "sent", "superuser": "sent"}),
    "unlink": (True, {"agent": "sent", "manager": "sent", "superuser": "sent"}),
    "unshare": (True, {"agent": "sent", "manager": "sent", "superuser": "sent"}),
    "suggestion": (True, {"agent": "sent", "manager": "sent", "superuser": "sent"}),
    "subject": (True, {"agent": "sent", "manager": "sent", "superuser": "sent"}),
    "undo": (True, {"agent": "sent", "manager": "sent", "superuser": "sent"}),
    "merge": (True, {"agent": "ok", "manager": "ok", "superuser": "ok"}),
    "requester": (True, {"agent": "ok", "manager": "ok", "superuser": "ok"}),
    "open": (False, {"agent": "ok", "manager": "ok", "superuser": "ok"}),
    "open_saved_replies": (False, {"agent": "ok", "manager": "ok", "superuser": "ok"}),
    "open_upload": (False, {"agent": "ok", "manager": "ok", "superuser": "ok"}),
    "delete": (True, {"manager": "ok", "superuser": "ok"}),
    "history": (True, {"agent": "ok", "manager": "ok", "superuser": "ok"}),
    "history_results": (True, {"agent": "ok", "manager": "ok", "superuser": "ok"}),
}
POSTS = {
    "end_snooze",
    "snooze",
    "link",
    "note",
    "open_upload",
    "presence",
    "reply",
    "save",
    "subject",
    "suggestion",
    "undo",
    "unlink",
    "unshare",
    "upload",
}
#: Those that need another permission than looking at the ticket.
WRITING = {*POSTS, "saved_replies"}
PEOPLE = ["anonymous", "customer", "editor", "viewer", "agent", "manager", "superuser"]


@pytest.fixture
def ticket(dana):
    return factories.ticket(dana, subject=SUBJECT, body="A secret body.")


@pytest.fixture
def browser(request, client, dana, ticket):
    """Return ``browser(name)``, a test client for that kind of user."""

    def open_browser(name):
        if name == "anonymous":
            return client
        user = dana.user if name == "customer" else request.getfixturevalue(name)
        return signed_in(user)

    return open_browser


def test_every_ticket_view_is_in_the_table():
    """Adding a view without an access rule fails."""
    names = {pattern.name for pattern in _patterns(TICKETS)}
    assert names - {"file", "start", "thumbnail"} == set(VIEWS)


def _patterns(namespace):
    _prefix, resolver = get_resolver("wagtail.admin.urls").namespace_dict[namespace]
    return resolver.url_patterns


@pytest.mark.parametrize("person", PEOPLE)
def test_every_ticket_view_for_every_kind_of_user(person, browser, ticket):
    client = browser(person)
    for name, (of_ticket, answers) in VIEWS.items():
        for pk in (ticket.pk, 99_999) if of_ticket else (None,):
            url = ticket_url(name, *([pk] if pk else ["waiting-on-us"] * name.startswith("view")))
            response = client.post(url, _data(name, ticket)) if name in POSTS else client.get(url)
            case = f"{person} {name} {pk}"
            text = response.content.decode()
            if person in ("anonymous", "customer"):
                assert response.status_code == 302 and "/admin/login/" in response.url, case
            elif pk == 99_999 and person != "editor" and (name in WRITING or person in answers):
                # People who can see tickets are told that this one doesn't exist.
                assert response.status_code == 404, case
            elif person not in answers:
                assert response.status_code == 302 and response.url == "/admin/", case
            elif answers[person] == "sent":
                assert response.url.startswith(ticket_url("edit", ticket.pk)), case
            else:
                assert response.status_code == 200, case
                continue
            assert not any(word in text for word in HIDDEN), case


def _other(ticket):
    return factories.ticket(ticket.requester, subject=SUBJECT)


def _data(name, ticket):
    return {
        "reply": {"reply-body": "Hello", "reply-status": ticket.status_id},
        "note": {"note-body": "Hello"},
        "save": {"status-status": ticket.status_id, "assign-assignee": "", "followers-add": ""},
        "snooze": {"snooze-until": "reply"},
        "end_snooze": {},
        "undo": {},
        "link": {"link-kind": "related", "link-target": _other(ticket).number},
        "unlink": {"target": ticket.pk},
        "unshare": {"guest": "1"},
        "suggestion": {"dismiss": ticket.requester_id},
        "subject": {"subject-subject": SUBJECT},
        "upload": {"file": factories.upload()},
        "open_upload": {"file": factories.upload()},
        "presence": {"state": "looking"},
    }[name]


@pytest.mark.parametrize("name", [name for name, (of_ticket, _a) in VIEWS.items() if of_ticket])
def test_without_ticket_access_missing_and_existing_tickets_look_the_same(name, editor, ticket):
    browser = signed_in(editor)
    answers = []
    for pk in (ticket.pk, 99_999):
        for send in (browser.get, browser.post):
            response = send(ticket_url(name, pk))
            answers.append((response.status_code, response.url, response.content))
    assert len(set(answers)) == 1


@pytest.mark.parametrize("name", [name for name, (of_ticket, _a) in VIEWS.items() if of_ticket])
def test_ticket_out_of_scope_looks_like_a_missing_one(name, manager, ticket, monkeypatch):
    """Applies to agents whose group is limited to some organizations."""
    browser = signed_in(manager)
    none = lambda user: Ticket.objects.none()  # noqa: E731
    monkeypatch.setattr("wagtail_portal.permissions.actor.tickets_for_team", none)
    monkeypatch.setattr("wagtail_portal.desk.policies.tickets_for_team", none)
    monkeypatch.setattr("wagtail_portal.desk.tickets.detail_view.tickets_for_team", none)
    for send in (browser.get, browser.post):
        answers = [send(ticket_url(name, pk)) for pk in (ticket.pk, 99_999)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert SUBJECT not in answers[0].content.decode()


def test_tickets_members_and_organizations_have_no_chooser_or_default_form(ticket, superuser):
    for model in (Ticket, Member, Organization):
        with pytest.raises(NoReverseMatch):
            reverse(f"wagtailsnippetchoosers_wagtail_portal_{model._meta.model_name}:choose")
        url = f"/admin/snippets/choose/wagtail_portal/{model._meta.model_name}/"
        browser = signed_in(superuser)
        assert browser.get(url).status_code == 404
        assert browser.get(f"{url}chosen/{ticket.pk}/").status_code == 404
    for name in ("add", "copy", "inspect", "usage"):
        with pytest.raises(NoReverseMatch):
            ticket_url(name)
        with pytest.raises(NoReverseMatch):
            ticket_url(name, ticket.pk)
    assert reverse("wagtailsnippetchoosers_wagtail_portal_ticketfield:choose")


@pytest.mark.parametrize("person", ["editor", "viewer", "manager", "superuser"])
def test_wagtails_bulk_delete_is_disabled(person, browser, ticket):
    client = browser(person)
    for model in (Ticket, Member, Organization, Role, Status, TicketField):
        for ids in (str(ticket.pk), "all"):
            url = reverse(
                "wagtail_bulk_action", args=("wagtail_portal", model._meta.model_name, "delete")
            )
            for send in (client.get, client.post):
                response = send(f"{url}?id={ids}")
                assert response.status_code == 404
                assert "Zebra" not in response.content.decode()
    assert Ticket.objects.count() == 1


def test_editors_without_ticket_access_see_no_trace_of_tickets(editor, ticket, agent):
    actions.assign(ticket, by=Actor.for_agent(agent), assignee=agent)
    browser = signed_in(editor)
    seen = [
        "/admin/",
        reverse("wagtailsnippets:index"),
        reverse("wagtailadmin_reports:site_history"),
        f"{reverse('wagtailadmin_reports:site_history')}?export=csv",
        ticket_url("list") + "?export=csv",
        ticket_url("list") + "?export=xlsx",
        ticket_url("list") + "?q=zebra",
    ]
    for url in seen:
        response = browser.get(url, follow=True)
        content = (
            b"".join(response.streaming_content) if response.streaming else response.content
        ).decode()
        assert not any(word in content for word in (*HIDDEN, ticket_url("list"))), url
    assert AdminURLFinder(editor).get_edit_url(ticket) is None


@pytest.mark.parametrize(
    ("rights", "entries"),
    [
        ((), []),
        (("view_ticket",), ["Tickets"]),
        (("view_member", "view_organization"), ["Members", "Organizations"]),
        (("change_status",), ["Statuses"]),
    ],
)
def test_menu_shows_what_the_user_has_permission_for(rights, entries, rf, db):
    group("Some", *rights)
    request = rf.get("/admin/")
    request.user = factories.staff("Some")
    menu = SupportGroup().get_menu_item()
    assert menu.is_shown(request) == bool(entries)
    shown = menu.menu.menu_items_for_request(request)
    assert [str(item.label) for item in shown] == entries


def test_users_who_can_view_a_ticket_get_its_admin_url(viewer, ticket):
    assert AdminURLFinder(viewer).get_edit_url(ticket) == ticket_url("edit", ticket.pk)


def test_every_permission_can_be_granted_to_a_group(superuser):
    html = signed_in(superuser).get(reverse("wagtailusers_groups:add")).content.decode()
    for words in (
        "Can reply to tickets",
        "Can write internal notes",
        "Can assign tickets",
        "Can merge tickets",
        "Can export tickets",
        "Can view the ticket report",
        "Can view the portal as a member",
    ):
        assert words in html
    form = signed_in(superuser).get(reverse("wagtailusers_groups:add")).context["form"]
    offered = set(form.registered_permissions.values_list("codename", flat=True))
    assert {"view_ticket", "delete_ticket", "view_member", "view_organization"} <= offered


@pytest.mark.parametrize("model", [Member, Organization, Role, Status, TicketField, SavedReply])
def test_editors_cannot_open_other_models(model, editor, ticket):
    browser, name = signed_in(editor), model._meta.model_name
    pk = model.objects.first().pk if model.objects.exists() else 1
    for pattern in _patterns(f"wagtailsnippets_wagtail_portal_{name}"):
        args = [pk] * str(pattern.pattern).count("<")
        url = reverse(f"wagtailsnippets_wagtail_portal_{name}:{pattern.name}", args=args)
        for send in (browser.get, browser.post):
            response = send(url)
            assert response.status_code == 302 and response.url == "/admin/", url


def test_every_model_is_in_the_menu():
    ours = {model for model in get_snippet_models() if model._meta.app_label == "wagtail_portal"}
    assert ours == {viewset.model for viewset in SupportGroup.items}


def test_built_in_groups_have_their_permissions(agent, manager):
    both = {"view", "add", "change", "reply", "note", "assign", "merge", "export"}
    managers_alone = {"delete", "report"}
    for right in both:
        assert agent.has_perm(f"wagtail_portal.{right}_ticket"), right
        assert manager.has_perm(f"wagtail_portal.{right}_ticket"), right
    for codename in (*(f"{right}_ticket" for right in managers_alone), "view_as_member"):
        assert not agent.has_perm(f"wagtail_portal.{codename}"), codename
        assert manager.has_perm(f"wagtail_portal.{codename}"), codename


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_export_requires_permission(viewer, agent, ticket, kind):
    for name in ("list", "list_results"):
        url = ticket_url(name)
        refused = signed_in(viewer).get(url, {"export": kind})
        assert refused.status_code == 302 and refused.url == "/admin/"
        assert b"".join(signed_in(agent).get(url, {"export": kind}).streaming_content)
    assert "export=" not in signed_in(viewer).get(ticket_url("list")).content.decode()
    assert "export=" in signed_in(agent).get(ticket_url("list")).content.decode()


def test_missing_file_is_not_found(desk):
    assert desk.get(ticket_url("file", uuid.uuid4(), "a.txt")).status_code == 404
    assert desk.get(ticket_url("thumbnail", uuid.uuid4())).status_code == 404
