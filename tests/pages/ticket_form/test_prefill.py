"""Prefilled answers in a form's URL."""

import pytest

from tests import factories
from tests.factories import block


@pytest.fixture
def open_form(home, as_member, dana):
    product = factories.ticket_field("Product", choices=[("Billing", "red"), ("API", "blue")])
    common = {"help_text": "", "required": False, "width": "full", "placeholder": ""}
    yes = "33333333-3333-4333-8333-333333333333"
    factories.form_page(
        home,
        [
            block("subject"),
            block("urgency"),
            block("attachments"),
            block("followers"),
            block("ticket_field", field=product.pk, required=False, width="full"),
            block("question_yes_no", {**common, "label": "Is it broken?"}, id=yes),
            block(
                "question_number",
                {
                    **common,
                    "label": "How many?",
                    "show_if": factories.show_if(yes, "yes"),
                },
            ),
        ],
    )
    browser = as_member(dana)

    def values(query):
        form = browser.get(f"/support/report/?{query}").context["form"]
        found = {question.spec.label: form[question.name].value() for question in form.questions}
        return {str(label): value for label, value in found.items() if value}

    return values


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("product=billing", {"Product": "billing"}),
        ("product=Billing", {"Product": "billing"}),
        ("product=nope", {}),
        ("subject=Invoice+%3Cb%3E&urgency=high", {"Subject": "Invoice <b>", "Urgency": "high"}),
        ("is-it-broken=yes&how-many=3", {"Is it broken?": "yes", "How many?": "3"}),
        ("how-many=3", {}),
        ("is-it-broken=no&how-many=3", {"Is it broken?": "no"}),
        ("is-it-broken=yes&how-many=x", {"Is it broken?": "yes"}),
        ("followers=a@b.example&attachments=x&status=closed&q-1=x&field-product=api", {}),
        ("subject=" + "x" * 900, {"Subject": "x" * 500}),
    ],
)
def test_questions_can_be_prefilled(open_form, query, expected):
    assert open_form(query) == expected


def test_conditions_apply_to_numbers_and_defaults(home, as_member, dana):
    count, urgent, why = (f"{n}4444444-4444-4444-8444-444444444444" for n in "123")
    many = {"question": count, "operator": "at_least", "values": ["9"]}
    yes = {"question": urgent, "operator": "equals", "values": ["yes"]}
    rule = {"match": "all", "conditions": [many, yes]}
    factories.form_page(
        home,
        [
            block("question_number", label="Count", id=count),
            block("question_yes_no", label="Urgent", default="Yes", id=urgent),
            block("question_text", label="Why", show_if=rule, id=why),
        ],
    )
    browser = as_member(dana)
    for query, shown in (("count=10", "Rust"), ("count=8", None), ("count=10&urgent=no", None)):
        form = browser.get(f"/support/report/?why=Rust&{query}").context["form"]
        assert form[f"q-{why}"].value() == shown


def test_team_fields_cannot_be_prefilled(home, as_member, dana):
    field = factories.ticket_field("Risk", type="text", set_by="team")
    factories.form_page(home, [block("subject"), block("ticket_field", field=field.pk)])
    page = as_member(dana).get("/support/report/?risk=high").content.decode()
    assert "high" not in page
