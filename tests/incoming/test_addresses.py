"""Several addresses: which portal and form new tickets get, and what unknown senders are told."""

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Site

from tests import factories
from wagtail_portal import actions
from wagtail_portal.exceptions import Invalid, NotAllowed
from wagtail_portal.models import (
    IncomingAddress,
    Member,
    Notification,
    OrganizationDomain,
    PortalSettings,
    Reason,
    ReceivedEmail,
    ReceivedState,
    portal_storage,
)
from wagtail_portal.notifications import outbox
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.reply_addresses import sign_reply_address

from .conftest import MAILBOX
from .emails import email, passed

BILLING = "billing@company.example"
KIM = {"sender": "Kim Vale <kim@new.example>", "results": passed("new.example")}


@pytest.fixture
def billing(incoming):
    """A further address, with a status of its own."""
    return IncomingAddress.objects.create(
        settings=incoming, address=BILLING, status=factories.status("in-progress")
    )


def give_domain(organization, domain: str) -> None:
    OrganizationDomain.objects.create(
        organization=organization, domain=domain, verified_at=timezone.now()
    )


def test_new_ticket_gets_the_presets_of_its_address(arrive, home, billing, dana):
    product = factories.ticket_field("Product", choices=[("Billing", "#123456")])
    group = factories.Group.objects.get(name="Support agents")
    form = factories.form_page(home, title="Invoices", slug="invoices", group=group)
    form.presets = [("preset", {"field": product, "value": "Billing"})]
    form.save()
    billing.form_id = form.pk
    billing.save()
    ticket = arrive(email("My invoice", to=f"{BILLING}, x@else.example")).ticket
    assert (ticket.form_id, ticket.group, ticket.status.key) == (form.pk, group, "in-progress")
    assert ticket.values[product.key] == product.choices.get().key
    plain = arrive(email("Something else", message_id="<2@acme.example>")).ticket
    assert (plain.form_id, plain.group, plain.values) == (None, None, {})


def test_presets_of_an_unpublished_form_are_left_out(arrive, home, billing, dana):
    form = factories.form_page(home, title="Invoices", slug="invoices")
    IncomingAddress.objects.update(form=form.pk)
    form.unpublish()
    assert arrive(email("My invoice", to=BILLING)).ticket.form_id is None


def test_address_decides_which_portal(arrive, billing, home):
    site = _second_portal(home).site
    assert arrive(email("One", to=BILLING)).site_id == billing.settings.site_id
    assert arrive(email("Two", to="help+x@two.example")).site == site
    with pytest.raises(Invalid):
        arrive(email("Three", to="someone@three.example"))


def test_verified_domain_decides_between_organizations(arrive, incoming, dana, acme):
    other = factories.organization("Globex")
    both = factories.member(other, dana.email)
    both.chosen_at = both.joined_at
    both.save()
    assert arrive(email("First")).ticket.organization == other
    give_domain(acme, "acme.example")
    assert arrive(email("Second")).ticket.organization == acme


def test_unknown_sender_is_told_the_address_of_the_portal(arrive, incoming, billing):
    billing.unknown_senders = "answer"
    billing.save()
    held = arrive(email("Buy pills at http://spam.example", **KIM))
    assert held.reason == Reason.UNKNOWN
    assert mail.outbox == []
    row = arrive(email("Buy pills at http://spam.example", to=BILLING, subject="Pills", **KIM))
    assert (row.state, row.reason) == (ReceivedState.ANSWERED, Reason.ANSWERED)
    (sent,) = mail.outbox
    assert sent.to == ["kim@new.example"]
    assert "/support/" in sent.body
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    raw = str(sent.message())
    assert not any(word in raw for word in ("pills", "Pills", "Kim", "spam.example"))
    assert not Member.objects.filter(user__email="kim@new.example").exists()


def test_answers_are_limited_and_never_sent_to_programs(arrive, incoming, settings):
    incoming.unknown_senders = "answer"
    incoming.save()
    for headers, results in (
        (("Auto-Submitted: auto-replied",), KIM["results"]),
        (("List-Id: <all.new.example>",), KIM["results"]),
        (("Return-Path: <>",), KIM["results"]),
        ((), ""),
    ):
        row = arrive(email(str(headers), headers=headers, sender=KIM["sender"], results=results))
        assert row.state in (ReceivedState.HELD, ReceivedState.IGNORED)
    assert mail.outbox == []
    first, second = arrive(email("One", **KIM)), arrive(email("Two", **KIM))
    assert (first.state, second.state) == (ReceivedState.ANSWERED, ReceivedState.HELD)
    settings.WAGTAIL_PORTAL = {**settings.WAGTAIL_PORTAL, "EMAIL_ANSWERS_PER_SITE": 1}
    other = {"sender": "lee@new.example", "results": KIM["results"]}
    assert arrive(email("Three", **other)).state == ReceivedState.HELD
    assert len(mail.outbox) == 1


def test_portal_sends_nothing_to_its_own_addresses(arrive, billing):
    row = arrive(email("Hi", sender=BILLING, results=passed("company.example")))
    assert row.reason == Reason.LOOP
    Notification.objects.create(
        event="unknown_sender_answered", site=billing.settings.site, email=BILLING
    )
    outbox.send_due()
    assert mail.outbox == []


def test_team_adds_an_unknown_sender_to_the_organization_of_the_domain(arrive, incoming, acme):
    row = arrive(email("Hello", sender="New Hire <hire@acme.example>"))
    agent = factories.agent()
    browser = Client()
    browser.force_login(agent, backend="django.contrib.auth.backends.ModelBackend")
    names = "wagtailsnippets_wagtail_portal_receivedemail"
    url = reverse(f"{names}:view", args=[row.pk])
    button = "Add hire@acme.example to Acme and open a ticket"
    assert button not in browser.get(url).content.decode()
    give_domain(acme, "acme.example")
    # Agents may not add members.
    assert button not in browser.get(url).content.decode()
    with pytest.raises(NotAllowed):
        actions.accept_email(row, by=Actor.for_agent(agent), as_member=True)
    browser.force_login(
        factories.staff("Support managers"), "django.contrib.auth.backends.ModelBackend"
    )
    assert button in browser.get(url).content.decode()
    browser.post(reverse(f"{names}:decide", args=[row.pk]), {"do": "join"})
    row.refresh_from_db()
    member = Member.objects.get(user__email="hire@acme.example")
    assert (row.ticket.requester, member.organization) == (member, acme)


def test_unproven_sender_cannot_be_added(arrive, incoming, acme):
    give_domain(acme, "acme.example")
    manager = Actor.for_agent(factories.staff("Support managers"))
    row = arrive(email("Hello", sender="hire@acme.example", results=""))
    with pytest.raises(Invalid):
        actions.accept_email(row, by=manager, as_member=True)
    assert not Member.objects.filter(user__email="hire@acme.example").exists()


def test_email_to_two_portals_is_received_by_each_once(
    billing, home, dana, django_capture_on_commit_callbacks
):
    first, second = billing.settings, _second_portal(home)
    both = email("Who is in charge?", to=f"{BILLING}, help@two.example")
    for address in (BILLING, "help@two.example", BILLING):
        with django_capture_on_commit_callbacks(execute=True):
            rows = actions.receive_email(both, envelope_to=[address])
    assert {row.site_id for row in rows} == {first.site_id, second.site_id}
    assert ReceivedEmail.objects.count() == 2
    opened = ReceivedEmail.objects.values_list("state", "ticket__site", "ticket__messages__body")
    assert sorted(opened) == sorted(
        (ReceivedState.ADDED, portal.site_id, "Who is in charge?") for portal in (first, second)
    )
    names = [row.raw.name for row in ReceivedEmail.objects.all()]
    assert len(set(names)) == 2


def test_email_that_one_of_two_portals_could_not_store_is_delivered_again(
    billing, home, dana, monkeypatch
):
    _second_portal(home)
    both = email("Who is in charge?", to=f"{BILLING}, help@two.example")
    save, calls = portal_storage().save, []

    def fail_once(name, content):
        calls.append(name)
        if len(calls) == 2:
            raise OSError("full")
        return save(name, content)

    with monkeypatch.context() as patch:
        patch.setattr(portal_storage(), "save", fail_once)
        with pytest.raises(OSError):
            actions.receive_email(both)
    assert ReceivedEmail.objects.count() == 1
    actions.receive_email(both)
    actions.receive_email(both)
    assert ReceivedEmail.objects.count() == 2


def test_own_address_comes_before_the_whole_domain_of_another_portal(arrive, home, billing):
    second = _second_portal(home, "@company.example")
    assert arrive(email("One", to=BILLING)).site == billing.settings.site
    assert arrive(email("Two", to="anything@company.example")).site == second.site


def test_portal_refuses_the_address_of_another(billing, home):
    second = _second_portal(home, MAILBOX.upper())
    row = second.incoming_addresses.get()
    with pytest.raises(ValidationError):
        row.full_clean()
    row.delete()
    for taken in (MAILBOX, BILLING.upper()):
        second.incoming_address = taken
        with pytest.raises(ValidationError) as error:
            second.clean()
        assert list(error.value.message_dict) == ["incoming_address"]
    second.incoming_address = "help@two.example"
    second.clean()
    billing.settings.clean()
    billing.clean()


def test_replies_arrive_after_the_first_address_has_changed(arrive, incoming, ticket, dana):
    to = sign_reply_address(MAILBOX, ticket.number, dana.pk)
    incoming.incoming_address = "help@company.example"
    incoming.save()
    IncomingAddress.objects.create(settings=incoming, address=MAILBOX)
    # It has nothing else from which one could tell the ticket.
    row = arrive(email("Still stuck", to=to))
    assert (row.ticket, row.state) == (ticket, ReceivedState.ADDED)


def _second_portal(home, address: str = "help@two.example") -> PortalSettings:
    site = Site.objects.create(hostname="two.example", root_page=home)
    second = PortalSettings.for_site(site)
    IncomingAddress.objects.create(settings=second, address=address)
    return second
