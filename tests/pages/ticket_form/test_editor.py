"""Editing forms in the Wagtail admin: building, previewing and validation."""

import json

import pytest
from django.test import Client
from django.urls import path, re_path
from django.utils import translation
from django.utils.translation import gettext, gettext_lazy
from wagtail.test.utils.form_data import nested_form_data, streamfield

from tests import factories
from wagtail_portal.fields.blocks import FormBlocks
from wagtail_portal.pages.home_content.blocks import HomeBlocks
from wagtail_portal.pages.models import PortalHomePage, TicketFormPage
from wagtail_portal.pages.routes import portal_routes
from wagtail_portal.pages.routing import is_reserved


@pytest.fixture
def editor(db):
    browser = Client()
    browser.force_login(
        factories.staff(is_superuser=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    return browser


def form_data(*blocks, title="Report a leak", slug="leak", **extra):
    return nested_form_data(
        {
            "title": title,
            "slug": slug,
            "introduction": "",
            "confirmation": "",
            "initial_status": "",
            "questions": streamfield(list(blocks)),
            "presets": streamfield([]),
            "for_customers": streamfield([]),
            "audience": "customers",
            "for_organizations": streamfield([]),
            "subject_template": "",
            "assignee": "",
            "group": "",
            "notify_addresses": "",
            "confirmation_page": "",
            "comments": {
                "TOTAL_FORMS": 0,
                "INITIAL_FORMS": 0,
                "MIN_NUM_FORMS": 0,
                "MAX_NUM_FORMS": 0,
            },
            **extra,
        }
    )


def question(**values):
    values = {"label": "", "help_text": "", "show_if": None, **values}
    return values | {"show_if": json.dumps(values["show_if"])}


def add_form(editor, home, *blocks, **kwargs):
    url = f"/admin/pages/add/wagtail_portal_pages/ticketformpage/{home.pk}/"
    return editor.post(url, form_data(*blocks, **{"action-publish": "1", **kwargs}))


def test_form_can_be_built_and_published(editor, home, as_member, dana):
    response = add_form(
        editor,
        home,
        ("subject", question(placeholder="In one line")),
        ("description", question(required="on")),
        ("question_text", question(label="Which pump?", width="half", max_length="20")),
    )
    assert response.status_code == 302, response.context["form"].errors
    page = as_member(dana).get("/support/leak/").content.decode()
    assert "Which pump?" in page
    assert 'placeholder="In one line"' in page
    assert 'maxlength="20"' in page


def test_new_form_starts_with_subject_and_description(editor, home):
    url = f"/admin/pages/add/wagtail_portal_pages/ticketformpage/{home.pk}/"
    page = editor.get(url)
    form = page.context["form"]
    questions = form.initial["questions"]
    assert [block.block_type for block in questions] == ["subject", "description"]
    # The editor's script shows missing values as "undefined".
    assert all(set(block.value) == set(block.block.child_blocks) for block in questions)


@pytest.mark.parametrize(
    "slug", sorted({str(row.pattern).partition("/")[0] for row in portal_routes} - {""})
)
def test_slugs_of_portal_pages_are_rejected(editor, home, slug):
    response = add_form(editor, home, ("subject", question()), slug=slug)
    assert "The portal uses this slug itself" in response.content.decode()
    assert not TicketFormPage.objects.exists()


def test_addresses_of_routes_of_any_kind_are_refused(home, monkeypatch):
    own = [
        re_path(r"^archive/(?P<year>[0-9]{4})/$", print, name="archive"),
        re_path(r"^(?:old|older)/$", print, name="old"),
        path(gettext_lazy("Today"), print, name="today"),
    ]
    monkeypatch.setattr(PortalHomePage, "portal_routes", [*PortalHomePage.portal_routes, *own])
    with translation.override("de"):
        today = gettext("Today")
    assert today != "Today"
    for slug in ("archive", "old", "older", "Today", today, "status", "view-as", "invitation"):
        assert is_reserved(slug), slug
    for slug in ("report", "archives", "ticket", "small"):
        assert not is_reserved(slug), slug


def test_team_and_archived_fields_are_rejected_next_to_the_block(editor, home):
    team = factories.ticket_field("Risk", type="text", set_by="team")
    old = factories.ticket_field("Old", type="text", archived=True)
    block = {"required": "", "width": "full"}
    response = add_form(
        editor,
        home,
        ("ticket_field", question(field=str(team.pk), **block)),
        ("ticket_field", question(field=str(old.pk), **block)),
    )
    page = response.content.decode()
    assert "Only the team can set this field" in page
    assert "This field is archived" in page


def test_duplicate_ticket_field_is_rejected(editor, home):
    field = factories.ticket_field("Severity", choices=[("High", "red")])
    block = ("ticket_field", question(field=str(field.pk), required="", width="full"))
    assert "This form already asks for" in add_form(editor, home, block, block).content.decode()


def test_preview_shows_the_form_before_the_first_save(editor, home):
    url = f"/admin/pages/add/wagtail_portal_pages/ticketformpage/{home.pk}/preview/"
    data = form_data(
        ("subject", question(label="What is wrong?")),
        ("question_text", question(label="Pump", width="full")),
    )
    assert editor.post(url, data).json()["is_valid"]
    page = editor.get(f"{url}?mode=").content.decode()
    assert "What is wrong?" in page
    assert "Pump" in page


def test_preview_shows_all_steps(editor, home):
    url = f"/admin/pages/add/wagtail_portal_pages/ticketformpage/{home.pk}/preview/"
    blocks = [("subject", question()), ("step", "Details"), ("description", question())]
    assert editor.post(url, form_data(*blocks)).json()["is_valid"]
    page = editor.get(f"{url}?mode=").content.decode()
    assert "Step 1 of 3" in page
    assert "Step 2 of 3 · Details" in page
    assert "Description" in page


def test_preview_of_the_portal_shows_its_layout(editor, home):
    url = f"/admin/pages/{home.pk}/edit/preview/"
    data = {
        "title": "Support",
        "slug": "support",
        "content-count": 0,
        "comments-TOTAL_FORMS": 0,
        "comments-INITIAL_FORMS": 0,
    }
    assert editor.post(url, data).json()["is_valid"]
    assert "Tickets" in editor.get(f"{url}?mode=").content.decode()


def test_form_with_a_deleted_ticket_field_still_works(home, as_member, dana):
    field = factories.ticket_field("Severity", choices=[("High", "red")])
    factories.form_page(
        home,
        [
            factories.block("subject"),
            factories.block("ticket_field", field=field.pk, required=True, width="full"),
        ],
    )
    field.delete()
    page = as_member(dana).get("/support/report/")
    assert page.status_code == 200
    assert "Severity" not in page.content.decode()


def test_answers_of_old_tickets_survive_changes_of_the_form(home, as_member, dana):
    form = factories.form_page(
        home,
        [
            factories.block("subject"),
            factories.block(
                "question_text",
                {"label": "Which pump?", "help_text": "", "required": False, "width": "full"},
                id="11111111-1111-4111-8111-111111111111",
            ),
        ],
    )
    browser = as_member(dana)
    url = browser.post(
        "/support/report/",
        {"subject": "x", "q-11111111-1111-4111-8111-111111111111": "The blue one"},
    ).url
    form.delete()
    page = browser.get(url).content.decode()
    assert "Which pump?" in page
    assert "The blue one" in page


def condition(question, operator, *values):
    return {"question": question, "operator": operator, "values": values}


def test_most_important_options_come_first():
    blocks = {**FormBlocks().child_blocks, **HomeBlocks().child_blocks}
    layouts = {
        name: blocks[name].meta.form_layout.children
        for name in blocks
        if hasattr(blocks[name].meta, "form_layout")
    }
    assert layouts["ticket_field"][:3] == ["field", "required", "show_if"]
    assert layouts["question_choice"][:4] == ["label", "required", "choices", "show_if"]
    # What it says comes before whom it's for.
    assert layouts["announcement"][:3] == ["severity", "title", "text"]
    last = ["for_roles", "for_organizations", "for_customers"]
    assert layouts["announcement"][-3:] == last


def test_all_mistakes_in_a_form_are_shown_at_once(editor, home):
    ids = [f"{n}2222222-2222-4222-8222-222222222222" for n in range(6)]
    field = factories.ticket_field("Product", choices=[("Pump", "")])
    rows = [
        condition("gone", "filled"),
        condition(ids[5], "filled"),
        condition(ids[0], "equals", "maybe"),
        condition(ids[0], "less", "yes"),
        condition(ids[1], "equals"),
        condition(ids[1], "less", "many"),
    ]
    own = {"required": "", "width": "full"}
    data = form_data(
        ("question_yes_no", question(label="Is it urgent?", width="full", default="perhaps")),
        ("question_number", question(label="", width="full", least="5", most="4")),
        ("question_text", question(label="Why?", show_if={"match": "any", "conditions": rows})),
        ("ticket_field", question(field=str(field.pk), **own)),
        ("ticket_field", question(field=str(field.pk), **own)),
        ("question_text", question(label="Since when?", width="full")),
        slug="members",
    )
    data |= {f"questions-{number}-id": block_id for number, block_id in enumerate(ids)}
    url = f"/admin/pages/add/wagtail_portal_pages/ticketformpage/{home.pk}/"
    html = editor.post(url, data | {"action-publish": "1"}).content.decode()
    for words in (
        "Select a question above this one.",
        "was deleted. Choose another one.",
        "be compared like this.",
        "Choose an answer to",
        "has no answer",
        "The minimum is greater than the maximum.",
        "This field is required.",
        "This form already asks for",
        "The portal uses this slug itself",
    ):
        assert words in html, words
    assert not TicketFormPage.objects.exists()


def test_versions_are_compared_by_wording(editor, home):
    ids = [f"{n}2222222-2222-4222-8222-222222222222" for n in range(2)]
    choices = [{"type": "item", "value": {"label": "Pump"}, "id": "a" * 36}]

    def save(operator):
        form.questions = [
            factories.block("question_choice", id=ids[0], label="What leaks?", choices=choices),
            factories.block(
                "question_text",
                id=ids[1],
                label="Where?",
                show_if=factories.show_if(ids[0], "a" * 36, operator=operator),
            ),
        ]
        return form.save_revision()

    form = factories.form_page(home, [factories.block("subject")])
    old, new = save("equals"), save("not_equals")
    url = f"/admin/pages/{form.pk}/revisions/compare/{old.pk}...{new.pk}/"
    html = editor.get(url).content.decode()
    assert "“What leaks?”" in html
    assert "Pump" in html
    assert ids[0] not in html
    assert "a" * 36 not in html


def test_form_with_a_condition_can_be_published(editor, home, as_member, dana):
    ids = [f"{n}2222222-2222-4222-8222-222222222222" for n in range(2)]
    condition = factories.show_if(ids[0], "yes")
    data = form_data(
        ("question_yes_no", question(label="Is it urgent?", width="full")),
        ("question_text", question(label="Why?", width="full", required="on", show_if=condition)),
    )
    for number, block_id in enumerate(ids):
        data[f"questions-{number}-id"] = block_id
    data["action-publish"] = "1"
    url = f"/admin/pages/add/wagtail_portal_pages/ticketformpage/{home.pk}/"
    assert editor.post(url, data).status_code == 302
    browser = as_member(dana)
    page = browser.get("/support/leak/").content.decode()
    assert "Answer this only if: “Is it urgent?” is “Yes”." in page
    assert f"&quot;name&quot;: &quot;q-{ids[0]}&quot;" in page
    response = browser.post("/support/leak/", {f"q-{ids[0]}": "yes"})
    assert "Enter an answer for “Why?”." in response.content.decode()
    assert browser.post("/support/leak/", {f"q-{ids[0]}": "no"}).status_code == 302


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        ([], "Add at least one question."),
        ([("heading", "Only a heading")], "Add at least one question."),
        ([("attachments", question(types="pdf exe"))], "be allowed: exe"),
        ([("question_number", question(label="N", width="full", default="x"))], "whole number"),
        (
            [("question_yes_no", question(label="Y", width="full", default="maybe"))],
            "has no answer",
        ),
        (
            [("question_number", question(label="N", width="full", least="5", most="4"))],
            "The minimum is greater than the maximum.",
        ),
        (
            [
                (
                    "question_date",
                    question(label="D", width="full", earliest="2026-03-02", latest="2026-03-01"),
                )
            ],
            "The end date is before the start date.",
        ),
    ],
)
def test_invalid_form_is_rejected_at_the_block(editor, home, blocks, words):
    assert words in add_form(editor, home, *blocks).content.decode()
    assert not TicketFormPage.objects.exists()


def test_draft_can_be_incomplete(editor, home):
    url = f"/admin/pages/add/wagtail_portal_pages/ticketformpage/{home.pk}/"
    assert editor.post(url, form_data(("heading", "Later"))).status_code == 302
    assert not TicketFormPage.objects.get().live


def test_autosaved_draft_is_kept_and_can_be_continued(editor, home):
    """Sends what Wagtail's script sends while the editor types: first a new page, then changes to
    it."""
    as_script = {"HTTP_ACCEPT": "application/json"}
    url = f"/admin/pages/add/wagtail_portal_pages/ticketformpage/{home.pk}/"
    first = form_data(("subject", question()))
    saved = editor.post(url, first, **as_script).json()
    assert saved["success"], saved
    form = TicketFormPage.objects.get(slug="leak")
    assert not form.live
    parts = editor.get(saved["hydrate_url"])
    assert parts.status_code == 200
    then = form_data(("subject", question(label="What leaks?")))
    then["overwrite_revision_id"] = saved["revision_id"]
    again = editor.post(saved["url"], then, **as_script).json()
    assert again["success"], again
    (kept,) = form.get_latest_revision_as_object().questions
    assert kept.value["label"] == "What leaks?"


def test_defaults_and_file_limits_reach_the_customer(editor, home, as_member, dana):
    response = add_form(
        editor,
        home,
        ("question_yes_no", question(label="Is it urgent?", width="full", default="No")),
        ("question_date", question(label="Since?", width="full", default="2026-11-01")),
        ("attachments", question(types="PDF, png", max_number="2", max_mb="1")),
    )
    assert response.status_code == 302
    browser = as_member(dana)
    form = browser.get("/support/leak/").context["form"]
    yes_no, date, files = [form[item.name] for item in form.questions]
    assert yes_no.value() == "no"
    assert 'value="2026-11-01"' in str(date)
    assert 'accept=".pdf,.png"' in str(files)
    sent = [factories.upload(f"{n}.txt") for n in range(3)]
    page = browser.post("/support/leak/", {"attachments": sent}).content.decode()
    assert "You can attach only 2 files" in page
    one = {"attachments": [factories.upload("0.txt")]}
    page = browser.post("/support/leak/", one).content.decode()
    assert "Allowed file types: pdf, png." in page


def test_ticket_field_can_have_another_default_and_placeholder_in_a_form(
    editor, home, as_member, dana
):
    product = factories.ticket_field("Product", choices=[("Pump", ""), ("Tank", "")])
    name = factories.ticket_field("Serial number", type="text", default="unknown")
    values = {"required": "", "width": "full", "placeholder": "", "default": ""}
    response = add_form(
        editor,
        home,
        ("ticket_field", question(field=str(product.pk), **{**values, "default": "tank"})),
        ("ticket_field", question(field=str(name.pk), **{**values, "placeholder": "B-17"})),
    )
    assert response.status_code == 302, response.context["form"].errors
    form = as_member(dana).get("/support/leak/").context["form"]
    assert form["field-product"].value() == "tank"
    assert form["field-serial-number"].value() == "unknown"
    assert 'placeholder="B-17"' in str(form["field-serial-number"])


def test_invalid_default_of_a_ticket_field_is_rejected_at_the_block(editor, home):
    field = factories.ticket_field("Product", choices=[("Pump", "")])
    values = {"required": "", "width": "full", "placeholder": "", "default": "Boat"}
    page = add_form(editor, home, ("ticket_field", question(field=str(field.pk), **values)))
    assert "has no answer" in page.content.decode()
    assert not TicketFormPage.objects.exists()
