"""Changes to roles, agents, statuses, sites and memberships take effect everywhere."""

import uuid

import pytest
from django.core import mail
from wagtail.models import Page, Site

from tests import factories
from wagtail_portal import actions
from wagtail_portal.models import Notification, PortalSettings, Role, Status, Ticket
from wagtail_portal.pages.models import PortalHomePage
from wagtail_portal.permissions import Actor


def send_form(browser):
    data = {"submission_key": uuid.uuid4(), "subject": "x", "description": "d"}
    return browser.post("/support/report/", data)


def test_delayed_email_is_not_sent_to_people_who_lost_access(
    home, dana, acme, django_capture_on_commit_callbacks
):
    teammate, agent = factories.member(acme), factories.agent()
    ticket = factories.ticket(dana, followers=[teammate], assignee=agent, notify=False)
    with django_capture_on_commit_callbacks() as late:
        actions.reply(ticket, by=Actor.system(), body="To both")
        actions.reply(ticket, by=Actor.for_member(dana), body="To the agent, too")
    actions.unfollow(ticket, by=Actor.for_member(dana), member=teammate)
    agent.groups.clear()
    for callback in late:
        callback()
    assert [message.to for message in mail.outbox] == [[dana.email]]
    assert not Notification.objects.filter(sent_at=None).exists()


def test_inactive_default_assignee_is_not_assigned(home, dana, as_member):
    agent = factories.agent()
    factories.form_page(home, assignee=agent)
    agent.is_active = False
    agent.save()
    send_form(as_member(dana))
    assert Ticket.objects.get().assignee is None


def test_new_ticket_is_open_even_without_a_status_for_new_tickets(home, dana, as_member):
    Status.objects.filter(state="new").delete()
    Status.objects.filter(state="closed").update(sort_order=0)
    factories.form_page(home)
    send_form(as_member(dana))
    assert not Ticket.objects.get().status.is_closed


def test_role_used_by_a_form_cannot_be_deleted(home, client):
    role = Role.objects.create(key="vip", name="VIP")
    form = factories.form_page(home)
    form.for_roles.set([role])
    form.save()
    client.force_login(factories.staff(is_superuser=True))
    url = f"/admin/snippets/wagtail_portal/role/delete/{role.pk}/"
    assert "to everyone" in client.get(url).content.decode()
    client.post(url)
    assert Role.objects.filter(pk=role.pk).exists()


def test_losing_the_current_membership_switches_to_another(home, dana, as_member):
    other = actions.create_member(
        factories.organization("Globex"), by=factories.SYSTEM, email=dana.email
    )
    browser = as_member(dana)
    browser.post("/support/organization/", {"member": other.pk})
    assert "Globex" in browser.get("/support/").content.decode()
    other.role = Role.objects.get(key=Role.NO_ACCESS)
    other.save()
    assert "Globex" not in browser.get("/support/").content.decode()
    dana.delete()
    assert browser.get("/support/").status_code == 403


def test_member_who_moved_cannot_see_the_former_organizations_tickets(home, dana, as_member):
    ticket = factories.ticket(dana)
    dana.organization = factories.organization()
    dana.save()
    assert as_member(dana).get(f"/support/tickets/{ticket.number}/").status_code == 404


def test_confirmation_page_without_url_falls_back_to_the_ticket(home, dana, as_member):
    lost = Page.objects.get(depth=1).add_child(instance=Page(title="Lost", slug="lost"))
    factories.form_page(home, confirmation_page=lost)
    response = send_form(as_member(dana))
    assert response.url == f"/support/tickets/{Ticket.objects.get().number}/"


def test_newest_events_are_shown_if_there_are_many(home, dana, as_member):
    ticket = factories.ticket(dana)
    for _turn in range(101):
        for key in ("on-hold", "closed"):
            actions.change_status(ticket, by=factories.SYSTEM, status=factories.status(key))
    last = Status.objects.create(key="last", name="L", label="The last one", state="on_hold")
    actions.change_status(ticket, by=factories.SYSTEM, status=last)
    page = as_member(dana).get(f"/support/tickets/{ticket.number}/").content.decode()
    assert "Status changed to The last one" in page


@pytest.mark.parametrize("method", ["get", "post"])
def test_user_with_tickets_cannot_be_deleted(home, dana, client, method):
    factories.ticket(dana)
    client.force_login(factories.staff(is_superuser=True))
    url = f"/admin/users/delete/{dana.user.pk}/"
    page = getattr(client, method)(url, follow=True).content.decode()
    assert "This user has opened tickets" in page
    assert Ticket.objects.get().requester.user == dana.user


class TestTwoSites:
    @pytest.fixture
    def other_site(self, home):
        root = Page.objects.get(depth=1).add_child(instance=Page(title="Two", slug="two"))
        root.add_child(instance=PortalHomePage(title="Help", slug="help"))
        return Site.objects.create(hostname="two.example", root_page=root)

    def test_email_links_to_the_tickets_site(
        self, other_site, dana, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            ticket = factories.ticket(dana, site=other_site)
        assert f"http://two.example/help/tickets/{ticket.number}/" in mail.outbox[0].body

    def test_customer_can_use_the_ticket_on_both_sites(self, other_site, dana, as_member):
        ticket = factories.ticket(dana, site=other_site)
        assert as_member(dana).get(f"/support/tickets/{ticket.number}/").status_code == 404
        PortalSettings.objects.update_or_create(
            site=Site.objects.get(is_default_site=True), defaults={"show_other_sites": True}
        )
        browser, hosts = as_member(dana), {"/support/": "localhost", "/help/": "two.example"}
        for home, host in hosts.items():
            url = f"{home}tickets/{ticket.number}/"
            page = browser.get(url, headers={"host": host}).content.decode()
            assert f'action="{url}reply/#reply"' in page
            data = {"body": "x", "submission_key": uuid.uuid4()}
            response = browser.post(f"{url}reply/", data, headers={"host": host})
            assert response.url.startswith(url)
