"""Conditions, defaults and presets stay what they are, whatever their choices are called."""

import json
import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import translation
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield
from wagtail.users.models import UserProfile

from tests import factories
from tests.pages.ticket_form.test_editor import form_data, question
from wagtail_portal.fields import Choice, FieldSpec
from wagtail_portal.fields.conditions import match_answers
from wagtail_portal.models import Ticket, TicketField, TicketFieldChoice
from wagtail_portal.pages.models import TicketFormPage

COLOUR, WHY = (f"{n}5555555-5555-4555-8555-555555555555" for n in "12")
RED, GREEN = (f"{n}6666666-6666-4666-8666-666666666666" for n in "12")
URL = "/support/report/"


@pytest.fixture
def editor(db):
    browser = Client()
    browser.force_login(
        factories.staff(is_superuser=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    return browser


def own_choices(*labels):
    keys = [RED, GREEN]
    found = {"choices-count": str(len(labels))}
    for number, label in enumerate(labels):
        found |= {
            f"choices-{number}-value-label": label,
            f"choices-{number}-id": keys[number],
            f"choices-{number}-order": str(number),
            f"choices-{number}-deleted": "",
        }
    return found


def sent(*labels, default="Green", label="Colour", answer=RED):
    """The form as the page editor sends it: a choice, and a question that depends on it."""
    first = question(label=label, width="full", default=default)
    rule = factories.show_if(COLOUR, answer)
    second = question(label="Why?", width="full", required="on", show_if=rule)
    data = form_data(
        ("question_choice", first), ("question_text", second), title="Report", slug="report"
    )
    data |= {f"questions-0-value-{name}": value for name, value in own_choices(*labels).items()}
    return data | {"questions-0-id": COLOUR, "questions-1-id": WHY, "action-publish": "1"}


@pytest.fixture
def page(editor, home):
    url = f"/admin/pages/add/wagtail_portal_pages/ticketformpage/{home.pk}/"
    response = editor.post(url, sent("Red", "Green"))
    assert response.status_code == 302, response.context["form"].errors
    return TicketFormPage.objects.get()


def edit(editor, page, data):
    return editor.post(f"/admin/pages/{page.pk}/edit/", data)


def publish_anyway(editor, response):
    html = response.content.decode()
    url = re.search(r'action="(/admin/wagtail-portal/[^"]+)"', html)[1]
    revision = re.search(r'name="revision" value="(\d+)"', html)[1]
    return editor.post(url, {"revision": revision})


def stored(page):
    return json.loads(json.dumps(list(TicketFormPage.objects.get(pk=page.pk).questions.raw_data)))


def condition_of(page):
    found = TicketFormPage.objects.get(pk=page.pk).question_list
    return next(row.rule.conditions[0] for row in found if row.rule)


def shown_to_editor(editor, page, language="en"):
    form = editor.get(f"/admin/pages/{page.pk}/edit/").context["form"]
    field = form["questions"]
    with translation.override(language):
        first, _second = field.field.block.get_form_state(field.value())
    return first["value"]["default"]


def test_keys_are_stored(page):
    first, second = stored(page)
    assert first["value"]["answer_keys"] == {"default": [GREEN]}
    assert second["value"]["show_if"]["conditions"][0]["values"] == [RED]


def test_renaming_a_choice_shows_where_it_is_used_and_asks_first(editor, page, as_member, dana):
    as_member(dana).post(URL, {f"q-{COLOUR}": RED, f"q-{WHY}": "Because"})
    assert Ticket.objects.get().answers[0]["display"] == "Red"
    # The answer of the condition is left as the editor found it.
    response = edit(editor, page, sent("Crimson", "Green"))
    html = response.content.decode()
    assert "“Red” of “Colour” was renamed to “Crimson”." in html
    assert "the condition of “Why?”, 1 open ticket." in html
    assert condition_of(page).values == (RED,)
    assert "Crimson" not in as_member(dana).get(URL).content.decode()
    publish_anyway(editor, response)
    assert condition_of(page).values == (RED,)
    html = as_member(dana).get(URL).content.decode()
    assert "Answer this only if: “Colour” is “Crimson”." in html
    response = as_member(dana).post(URL, {f"q-{COLOUR}": RED})
    assert "Enter an answer for “Why?”." in response.content.decode()


def test_default_follows_its_choice(editor, page, as_member, dana):
    response = edit(editor, page, sent("Red", "Lime"))
    assert "the default of the question." in response.content.decode()
    publish_anyway(editor, response)
    assert as_member(dana).get(URL).context["form"][f"q-{COLOUR}"].value() == GREEN


def test_choices_that_swap_their_names_keep_what_depends_on_them(editor, page):
    publish_anyway(editor, edit(editor, page, sent("Green", "Red")))
    assert condition_of(page).values == (RED,)
    assert shown_to_editor(editor, page) == "Red"


def test_choice_that_nothing_uses_is_renamed_without_a_question(editor, page):
    assert edit(editor, page, sent("Red", "Green", default="")).status_code == 302
    assert edit(editor, page, sent("Red", "Lime", default="")).status_code == 302


def test_deleted_choice_is_told_at_the_condition(editor, page):
    data = sent("Red", "Green") | {"questions-0-value-choices-0-deleted": "1"}
    response = edit(editor, page, data)
    assert "was deleted. Choose another one." in response.content.decode()
    assert condition_of(page).values == (RED,)


def test_limits_that_are_no_numbers_are_said_beside_a_default(editor, home, page):
    rule = factories.show_if(COLOUR, "7")
    number = question(label="How many?", width="full", default="7", least="5", most="many")
    text = question(label="Why?", width="full", default="x", max_length="1,5", show_if=rule)
    data = form_data(("question_number", number), ("question_text", text), slug="report")
    data |= {"questions-0-id": COLOUR, "questions-1-id": WHY, "action-publish": "1"}
    for url in (
        f"/admin/pages/{page.pk}/edit/",
        f"/admin/pages/add/wagtail_portal_pages/ticketformpage/{home.pk}/",
    ):
        html = editor.post(url, data).content.decode()
        assert html.count("Enter a whole number.") == 2
    assert [block.block_type for block in TicketFormPage.objects.get().questions] == [
        "question_choice",
        "question_text",
    ]


def test_saving_what_was_shown_changes_nothing(editor, page):
    before = stored(page)
    edit(editor, page, sent("Red", "Green", default=shown_to_editor(editor, page)))
    assert stored(page) == before


@pytest.fixture
def severity(db):
    field = factories.ticket_field("Severity", choices=[("High", "red"), ("Low", "")])
    for choice, german in zip(field.choices.all(), ["Hoch", "Niedrig"], strict=True):
        choice.translations = {"de": {"label": german}}
        choice.save()
    return field


def with_field(field, typed="High", preset="Low"):
    rule = factories.show_if(COLOUR, "high")
    first = question(field=str(field.pk), required="", width="full", default=typed)
    second = question(label="Why?", width="full", required="on", show_if=rule)
    data = form_data(("ticket_field", first), ("question_text", second), title="R", slug="report")
    presets = {"presets": streamfield([("preset", {"field": str(field.pk), "value": preset})])}
    data |= nested_form_data(presets)
    return data | {"questions-0-id": COLOUR, "questions-1-id": WHY, "action-publish": "1"}


@pytest.fixture
def field_page(editor, home, severity):
    url = f"/admin/pages/add/wagtail_portal_pages/ticketformpage/{home.pk}/"
    assert editor.post(url, with_field(severity)).status_code == 302
    return TicketFormPage.objects.get()


def test_renaming_a_choice_of_a_field_leaves_every_form_as_it_was(
    editor,
    field_page,
    severity,
    as_member,
    dana,
):
    # Even if another choice gets the old name.
    choices = TicketFieldChoice.objects.filter(field=severity)
    factories.change(choices.filter(key="high"), label="Urgent", translations={})
    factories.change(choices.filter(key="low"), label="High", translations={})
    assert condition_of(field_page).values == ("high",)
    form = as_member(dana).get(URL).context["form"]
    assert form["field-severity"].value() == "high"
    page = TicketFormPage.objects.get(pk=field_page.pk)
    assert page.preset_values() == {"severity": "low"}
    assert shown_to_editor(editor, field_page) == "Urgent"


def test_editor_with_another_language_sees_and_saves_the_same(
    editor,
    field_page,
    severity,
):
    user = get_user_model().objects.get(pk=editor.session["_auth_user_id"])
    profile = UserProfile.get_for_user(user)
    profile.preferred_language = "de"
    profile.save()
    assert shown_to_editor(editor, field_page, "de") == "Hoch"
    response = edit(editor, field_page, with_field(severity, typed="Hoch", preset="Niedrig"))
    assert response.status_code == 302
    assert condition_of(field_page).values == ("high",)
    assert TicketFormPage.objects.get(pk=field_page.pk).preset_values() == {"severity": "low"}


def test_labels_take_precedence_over_keys():
    choices = (Choice("low", "High"), Choice("high", "Low"), Choice("mid", "Middle"))
    spec = FieldSpec("choice", "Severity", choices=choices)
    assert match_answers("High, low, mid", spec) == (("low", "high", "mid"), [])


def test_choice_of_a_field_is_renamed_only_after_a_question(editor, field_page, severity, dana):
    factories.ticket(dana, values={"severity": "high"})
    rows = [
        {"id": row.pk, "label": {"high": "Urgent"}.get(row.key, row.label), "ORDER": row.pk}
        for row in severity.choices.all()
    ]
    data = {"label": "Severity", "type": "choice", "set_by": "customers", "default_answer": ""}
    data |= nested_form_data({"choices": inline_formset(rows, initial=2)})
    url = f"/admin/snippets/wagtail_portal/ticketfield/edit/{severity.pk}/"
    response = editor.post(url, data)
    html = response.content.decode()
    assert response.status_code == 200
    assert "“High” is used in: the form “R”, 1 ticket. It will be called “Urgent”" in html
    assert "Rename anyway" in html
    assert severity.choices.get(key="high").label == "High"
    assert editor.post(url, data | {"rename_anyway": "on"}).status_code == 302
    assert severity.choices.get(key="high").label == "Urgent"


def test_default_of_a_field_follows_its_choice(editor, severity):
    factories.change(TicketField.objects.filter(pk=severity.pk), default="high")
    rows = [
        {"id": row.pk, "label": {"high": "Low", "low": "High"}[row.key], "ORDER": row.pk}
        for row in severity.choices.all()
    ]
    data = {"label": "Severity", "type": "choice", "set_by": "customers", "default_answer": "High"}
    data |= nested_form_data({"choices": inline_formset(rows, initial=2)})
    url = f"/admin/snippets/wagtail_portal/ticketfield/edit/{severity.pk}/"
    assert editor.post(url, data).status_code == 302
    assert TicketField.objects.get(pk=severity.pk).default == "high"
