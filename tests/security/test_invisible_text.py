"""Invisible characters reach no subject, name, label or search, whichever way they come in."""

import uuid

import pytest
from django.core import mail
from django.forms import modelform_factory

from tests import factories
from tests.factories import block
from tests.pages.ticket_list.lists import numbers
from wagtail_portal import actions
from wagtail_portal.actions.tickets._files import clean_file_name
from wagtail_portal.exceptions import Invalid
from wagtail_portal.fields.blocks import FormBlocks
from wagtail_portal.models import (
    EmailTemplate,
    Organization,
    PortalSettings,
    Role,
    SavedReply,
    Status,
    Ticket,
    TicketField,
    TicketFieldChoice,
)
from wagtail_portal.permissions import Actor

#: A name that reads backwards in parts, with characters of no width, not composed.
TYPED = "\u2067Mu\u0308\u200bl\u2069ler\ufeff \u200e& Co"
STORED = "Müller & Co"
NOTHING = "\u200b\u2066\u2069"


def test_subject_of_invisible_characters_is_refused_at_its_field(browser, home):
    factories.form_page(home)
    data = {"submission_key": str(uuid.uuid4()), "description": "It stops."}
    response = browser.post("/support/report/", {**data, "subject": NOTHING})
    assert response.status_code == 200
    assert response.context["form"].errors.keys() == {"subject"}
    assert "It stops." in response.content.decode()
    browser.post("/support/report/", {**data, "subject": TYPED})
    assert Ticket.objects.get().subject == STORED


def test_message_of_invisible_characters_is_empty(ticket, customer):
    with pytest.raises(Invalid):
        actions.reply(ticket, by=customer, body=NOTHING)


def test_actions_store_visible_names(home, acme, dana, customer, team, ticket):
    system = Actor.system()
    assert actions.change_subject(ticket, by=team, subject=TYPED).subject == STORED
    assert actions.create_organization(by=system, name=TYPED).name == STORED
    assert actions.save_filter(by=customer, name=TYPED).name == STORED
    assert factories.member(acme, name=TYPED).name == STORED
    actions.change_profile(by=customer, name=TYPED)
    assert dana.user.get_full_name() == STORED
    for create in (
        lambda: actions.change_subject(ticket, by=team, subject=NOTHING),
        lambda: actions.create_organization(by=system, name=NOTHING),
        lambda: actions.save_filter(by=customer, name=NOTHING),
    ):
        with pytest.raises(Invalid):
            create()


def test_name_of_another_system_is_shown_without_invisible_characters(dana):
    dana.user.first_name, dana.user.last_name = "\u202eDana", "Re\u200byes\u2069"
    assert dana.name == "Dana Reyes"
    dana.user.first_name = dana.user.last_name = NOTHING
    assert dana.name == "dana"


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (EmailTemplate, "subject"),
        (Organization, "name"),
        (Organization, "external_id"),
        (PortalSettings, "portal_name"),
        (PortalSettings, "sender_name"),
        (Role, "name"),
        (SavedReply, "title"),
        (Status, "label"),
        (Status, "name"),
        (TicketField, "label"),
        (TicketField, "help_text"),
        (TicketFieldChoice, "label"),
    ],
)
def test_editors_forms_store_visible_texts(db, model, field):
    form_class = modelform_factory(model, fields=[field])
    form = form_class({field: TYPED})
    form.is_valid()
    assert form.cleaned_data[field] == STORED
    form = form_class({field: NOTHING})
    required = form.fields[field].required
    assert form.is_valid() is not required


def test_labels_of_a_form_are_visible():
    stream = FormBlocks()
    name = next(
        name
        for name, child in stream.child_blocks.items()
        if "choices" in getattr(child, "child_blocks", {})
    )
    raw = [block(name, label=TYPED, choices=[{"label": TYPED}])]
    cleaned = stream.clean(stream.to_python(raw))
    assert cleaned[0].value["label"] == STORED
    assert cleaned[0].value["choices"][0]["label"] == STORED


def test_search_ignores_invisible_characters(browser, home, dana):
    ticket = factories.ticket(dana, STORED)
    response = browser.get("/support/", {"q": TYPED})
    assert numbers(response) == [ticket.number]
    assert "\u200b" not in response.content.decode()


def test_pasted_address_signs_in(client, home, dana):
    client.post("/accounts/login/", {"login": f"\u2068{dana.email}\u2069\u200b"})
    assert [message.to for message in mail.outbox] == [[dana.email]]


def test_invited_address_has_no_invisible_characters(home, acme, as_member):
    admin = factories.member(acme, role=Role.ADMIN)
    data = {"addresses": "\u200bkim@acme.example\u2069", "role": admin.role.pk}
    assert as_member(admin).post("/support/members/invite/", data).status_code == 302
    assert acme.invitations.get().email == "kim@acme.example"


def test_file_of_an_invisible_name_has_a_name():
    assert clean_file_name(NOTHING) == "File"
    assert clean_file_name("\u202ere\u2066port\u200b.txt") == "report.txt"
