"""The team's pages about organizations and members."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from tests import factories
from tests.desk.conftest import group, signed_in, ticket_url
from wagtail_portal import actions
from wagtail_portal.actions.anonymous.save_visitor import visitor_of
from wagtail_portal.models import Member, OrganizationDomain, Role, profile_of
from wagtail_portal.permissions import Actor


def url(model: str, pk: int, name: str = "inspect") -> str:
    return reverse(f"wagtailsnippets_wagtail_portal_{model}:{name}", args=[pk])


def main_of(response):
    return BeautifulSoup(response.content, "html.parser").select_one("main")


def text_of(response) -> str:
    return " ".join(main_of(response).get_text(" ").split())


@pytest.fixture
def browser(manager):
    return signed_in(manager)


@pytest.fixture
def desk(agent):
    return signed_in(agent)


def member_data(member, **changes):
    data = {
        "name": member.user.get_full_name(),
        "email": member.email,
        "language": "",
        "role": member.role_id,
        **changes,
    }
    return {"form": "member", **{f"member-{name}": value for name, value in data.items()}}


def test_organization_page_shows_tickets_members_domains_and_files(desk, dana, acme):
    OrganizationDomain.objects.create(organization=acme, domain="acme.example")
    elsewhere = factories.member(factories.organization("Birk"))
    factories.ticket(elsewhere, subject="Something else")
    ticket = factories.ticket(dana, subject="The export is stuck", attachments=[factories.upload()])
    response = desk.get(url("organization", acme.pk))
    text = text_of(response)
    assert "The export is stuck" in text and "Something else" not in text
    # Not repeated in every row, which leaves the room to the subjects.
    assert not main_of(response).select(".portal-organization")
    assert "acme.example (not verified)" in text and "log.txt" in text
    links = {link["href"] for link in main_of(response).select("a[href]")}
    assert url("member", dana.pk) in links
    assert f"{ticket_url('list')}?organization={acme.pk}" in links
    assert any(link.startswith(f"{ticket_url('edit', ticket.pk)}?queue=") for link in links)
    # Every link into the inbox is limited to the organization.
    inbox = [link for link in links if "/ticket/" in link and "/edit/" not in link]
    files = [link for link in inbox if "/files/" in link]
    assert all(f"organization={acme.pk}" in link for link in set(inbox) - set(files))


def test_member_page_shows_only_their_tickets_and_how_they_sign_in(desk, dana, acme):
    factories.ticket(dana, subject="Mine")
    factories.ticket(factories.member(acme), subject="A colleague’s")
    response = desk.get(url("member", dana.pk))
    text = text_of(response)
    assert "Mine" in text and "colleague" not in text
    assert "dana@acme.example" in text and "A code sent by email" in text
    links = {link["href"] for link in main_of(response).select("a[href]")}
    assert url("organization", acme.pk) in links


@pytest.mark.parametrize("model", ["organization", "member"])
def test_number_of_queries_stays_the_same(desk, dana, acme, model, django_assert_max_num_queries):
    def fill():
        for _number in range(4):
            attachments = [factories.upload()]
            ticket = factories.ticket(dana, attachments=attachments)
            actions.reply(ticket, by=Actor.for_member(dana), body="More", attachments=[])
            factories.ticket(factories.member(acme))

    page = url(model, dana.pk if model == "member" else acme.pk)
    fill()
    desk.get(page)
    with django_assert_max_num_queries(40) as before:
        desk.get(page)
    fill()
    with django_assert_max_num_queries(len(before)):
        desk.get(page)


def test_notes_are_written_by_agents_and_never_overwritten_unnoticed(desk, browser, acme):
    page = url("organization", acme.pk)
    desk.post(page, {"form": "notes", "notes-notes": "Prefers phone", "notes-original": ""})
    assert "Prefers phone" in text_of(browser.get(page))
    stale = {"form": "notes", "notes-notes": "Prefers email", "notes-original": ""}
    response = browser.post(page, stale)
    assert "They now say: Prefers phone" in text_of(response)
    acme.refresh_from_db()
    assert acme.notes == "Prefers phone"
    browser.post(page, {**stale, "notes-original": "Prefers phone"})
    acme.refresh_from_db()
    assert acme.notes == "Prefers email"


def test_browser_keeps_notes_until_they_are_saved(desk, acme):
    page = url("organization", acme.pk)
    form = BeautifulSoup(desk.get(page).content, "html.parser").select_one(
        f"form[data-portal-draft$=':notes-organization-{acme.pk}']"
    )
    key = form.select_one("[name=notes-submission_key]")["value"]
    assert "data-portal-draft-value" in form.select_one("[name=notes-original]").attrs
    notes = {"form": "notes", "notes-notes": "Prefers phone", "notes-submission_key": key}
    assert "wagtail_portal_sent" not in desk.post(page, {**notes, "notes-original": "?"}).cookies
    saved = desk.post(page, {**notes, "notes-original": ""})
    assert saved.cookies["wagtail_portal_sent"].value == key


def test_customers_never_read_notes(client, home, acme):
    dana = factories.member(acme, role=Role.ADMIN)
    by = Actor.for_agent(factories.agent())
    actions.change_notes(acme, by=by, notes="Difficult negotiation")
    actions.change_notes(dana, by=by, notes="Difficult negotiation")
    client.force_login(dana.user, backend="django.contrib.auth.backends.ModelBackend")
    for path in ("", "members/", "members/history/", "profile/"):
        response = client.get(f"{home.url}{path}", follow=True)
        assert response.status_code == 200
        assert "Difficult" not in response.content.decode()


def test_manager_changes_name_language_and_role(browser, dana):
    admin = Role.objects.get(key=Role.ADMIN)
    data = member_data(dana, name="Dana Ray", language="en", role=admin.pk)
    response = browser.post(url("member", dana.pk), data, follow=True)
    assert "Dana Ray" in text_of(response)
    dana = Member.objects.get()
    assert (dana.name, dana.role.key) == ("Dana Ray", Role.ADMIN)
    assert profile_of(dana.user).language == "en"


def test_page_of_a_member_never_overwrites_newer_values_unnoticed(browser, dana):
    form = browser.get(url("member", dana.pk)).context["forms"]["member"]
    stale = {field.html_name: field.value() for field in form if field.name != "confirm"}
    stale["form"] = "member"
    none = Role.objects.get(key=Role.NO_ACCESS)
    browser.post(
        url("member", dana.pk),
        member_data(dana, email="dana@new.example", role=none.pk, confirm="on"),
    )
    # What this page doesn't change stays as it is by now.
    browser.post(url("member", dana.pk), {**stale, "member-name": "Dana Ray"})
    dana = Member.objects.get()
    assert (dana.name, dana.email, dana.role) == ("Dana Ray", "dana@new.example", none)
    admin = Role.objects.get(key=Role.ADMIN)
    response = browser.post(url("member", dana.pk), {**stale, "member-role": admin.pk})
    assert f"Someone else changed this to “{none}”" in text_of(response)
    assert Member.objects.get().role == none
    form = response.context["forms"]["member"]
    again = {field.html_name: field.value() for field in form if field.name != "confirm"}
    browser.post(url("member", dana.pk), {**again, "form": "member"})
    assert Member.objects.get().role == admin


def test_another_address_is_confirmed_after_its_effects(browser, dana, mailoutbox):
    data = member_data(dana, email="Dana@new.example")
    text = text_of(browser.post(url("member", dana.pk), data))
    assert "signs in with dana@new.example from now on" in text
    assert "dana@acme.example no longer works" in text
    assert Member.objects.get().email == "dana@acme.example"
    browser.post(url("member", dana.pk), {**data, "member-confirm": "on"})
    assert Member.objects.get().email == "dana@new.example"


def test_agents_see_no_form_and_cannot_post_one(desk, dana):
    assert not main_of(desk.get(url("member", dana.pk))).select("[name='member-email']")
    data = member_data(dana, name="Someone else")
    assert desk.post(url("member", dana.pk), data).status_code in (302, 403)
    assert Member.objects.get().name == "Dana Reyes"


def test_limited_agent_reads_neither_notes_nor_activity_of_other_organizations(dana, acme):
    birk = factories.organization("Birk")
    form_agent = group("Limited", "view_ticket", "note_ticket", "view_organization", "view_member")
    actions.limit_group(form_agent, by=Actor.system(), organizations=[birk])
    actions.change_notes(acme, by=Actor.system(), notes="Confidential")
    desk = signed_in(factories.staff("Limited"))
    for model, pk in (("organization", acme.pk), ("member", dana.pk)):
        assert desk.get(url(model, pk)).status_code == 404
        data = {"form": "notes", "notes-notes": "Mine", "notes-original": "Confidential"}
        assert desk.post(url(model, pk), data).status_code == 404
    assert desk.get(url("organization", birk.pk)).status_code == 200


def test_limited_agent_changes_a_member_with_whom_a_ticket_was_shared(dana, acme):
    form_agent = group("Limited", "view_ticket", "view_member", "change_member")
    actions.limit_group(form_agent, by=Actor.system(), organizations=[acme])
    # As by accepting a shared ticket of another organization.
    visitor_of(dana.user)
    desk = signed_in(factories.staff("Limited"))
    desk.post(url("member", dana.pk), member_data(dana, name="Dana Vale"))
    assert Member.objects.get(pk=dana.pk).name == "Dana Vale"


def test_view_as_member_leads_to_the_portal(browser, home, dana):
    form = main_of(browser.get(url("member", dana.pk))).select_one("form[action*='view-as']")
    token = form.select_one("[name=csrfmiddlewaretoken]")
    data = {"member": form.button["value"], "csrfmiddlewaretoken": token["value"]}
    response = browser.post(form["action"], data, follow=True)
    assert "Dana Reyes" in response.content.decode()
    assert response.request["PATH_INFO"] == home.url
    agent = group("Readers", "view_ticket", "view_member")
    desk = signed_in(factories.staff(agent.name))
    assert not main_of(desk.get(url("member", dana.pk))).select("form[action*='view-as']")


def test_listings_lead_to_the_pages(browser, dana, acme):
    for model, found in (("organization", acme), ("member", dana)):
        html = browser.get(reverse(f"wagtailsnippets_wagtail_portal_{model}:list"))
        title = BeautifulSoup(html.content, "html.parser").select_one(".title a")
        assert title["href"] == url(model, found.pk)
