"""Fields of organizations and members decide what customers see of forms and content."""

import pytest
from django.core.exceptions import ValidationError

from tests import factories
from wagtail_portal import actions
from wagtail_portal.fields.customer_conditions import CustomerConditionBlocks
from wagtail_portal.models import CustomerField, CustomerFieldChoice, Ticket
from wagtail_portal.permissions import Actor


@pytest.fixture
def plan(db):
    field = CustomerField.objects.create(label="Plan", type="choice")
    for label in ("Free", "Enterprise"):
        CustomerFieldChoice.objects.create(field=field, label=label)
    return field


@pytest.fixture
def region(db):
    return CustomerField.objects.create(label="Region", about="member")


def give(customer, **values):
    return actions.change_customer_fields(customer, by=Actor.system(), values=values)


def sign_in(client, member):
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def conditions(field, value, **keys) -> list[dict]:
    value = {"field": field.pk, "value": value, **({"answer_keys": keys} if keys else {})}
    return [{"type": "condition", "value": value, "id": "c1"}]


def form_with(home, rule, **kwargs):
    blocks = [
        factories.block("subject"),
        factories.block(
            "question_text", label="Who is your engineer?", required=True, show_if=rule
        ),
    ]
    return factories.form_page(home, blocks, **kwargs)


def test_question_is_asked_only_of_organizations_with_the_value(client, home, dana, acme, plan):
    form = form_with(home, factories.show_if("organization:plan", "enterprise"))
    sign_in(client, dana)
    page = form.get_url()
    assert "Who is your engineer" not in client.get(page).content.decode()
    html = client.post(page, {"subject": "Free ticket", form.question_list[1].name: "Old answer"})
    # Typed before the organization lost the value.
    assert "Old answer" in html.content.decode() and not Ticket.objects.exists()
    client.post(page, {"subject": "Free ticket", "left_out": "Old answer"})
    assert Ticket.objects.get().answers == []
    give(acme, plan="enterprise")
    assert "Who is your engineer" in client.get(page).content.decode()
    html = client.post(page, {"subject": "Second"}).content.decode()
    assert "Who is your engineer" in html and Ticket.objects.count() == 1
    client.post(page, {"subject": "Second", form.question_list[1].name: "Ada"})
    assert Ticket.objects.get(subject="Second").answers[0]["value"] == "Ada"


def test_question_for_values_of_the_member_and_for_those_without(client, home, dana, region):
    rule = factories.show_if("member:region", operator="empty")
    form = form_with(home, rule)
    sign_in(client, dana)
    assert "Who is your engineer" in client.get(form.get_url()).content.decode()
    give(dana, region="North")
    assert "Who is your engineer" not in client.get(form.get_url()).content.decode()


def test_visitors_have_no_values(client, home, plan):
    rule = factories.show_if("organization:plan", "enterprise")
    form = form_with(home, rule, audience="anyone")
    assert "Who is your engineer" not in client.get(form.get_url()).content.decode()


def test_editor_is_told_of_values_that_do_not_exist(home, plan):
    form = factories.form_page(home)
    field = form._meta.get_field("questions")

    def check(rule):
        blocks = [factories.block("description", show_if=rule)]
        field.stream_block.clean(field.to_python(blocks))

    check(factories.show_if("organization:plan", "free"))
    with pytest.raises(ValidationError):
        check(factories.show_if("organization:plan", "gold"))
    with pytest.raises(ValidationError):
        check(factories.show_if("organization:unknown", "free"))


def test_archived_field_still_decides(client, home, dana, acme, plan):
    form = form_with(home, factories.show_if("organization:plan", "enterprise"))
    give(acme, plan="enterprise")
    factories.change(CustomerField.objects.all(), archived=True)
    html = sign_in(client, dana).get(form.get_url()).content.decode()
    assert "Who is your engineer" in html


def test_form_is_offered_only_to_customers_with_the_value(client, home, dana, acme, plan):
    form = factories.form_page(home)
    form.for_customers = form._meta.get_field("for_customers").to_python(
        conditions(plan, "Enterprise")
    )
    form.save_revision().publish()
    factories.form_page(home, slug="other", title="Other form")
    factories.form_page(home, slug="third", title="Third form")
    sign_in(client, dana)
    new = f"{home.url}new/"
    assert form.title not in client.get(new).content.decode()
    assert client.get(form.get_url()).status_code == 404
    give(acme, plan="enterprise")
    assert form.title in client.get(new).content.decode()
    assert client.get(form.get_url()).status_code == 200
    plan.delete()
    assert client.get(form.get_url()).status_code == 404


def test_content_is_shown_only_to_customers_with_the_values(client, home, dana, acme, plan, region):
    value = {
        "severity": "info",
        "title": "Your engineer is on holiday",
        "text": "",
        "for_roles": [],
        "for_organizations": [],
        "for_customers": [
            *conditions(plan, "Enterprise"),
            *conditions(region, "North, South"),
        ],
    }
    home.content = [{"type": "announcement", "value": value, "id": "a1"}]
    home.save_revision().publish()
    sign_in(client, dana)

    def sees():
        return "on holiday" in client.get(home.url).content.decode()

    assert not sees()
    give(acme, plan="enterprise")
    assert not sees()
    give(dana, region="South")
    assert sees()


def test_conditions_keep_their_meaning_when_a_choice_is_renamed(plan):
    block = CustomerConditionBlocks()
    value = block.clean(block.to_python(conditions(plan, "enterprise")))
    assert value.get_prep_value()[0]["value"]["answer_keys"] == {"value": ["enterprise"]}
    with pytest.raises(ValidationError):
        block.clean(block.to_python(conditions(plan, "Gold")))
