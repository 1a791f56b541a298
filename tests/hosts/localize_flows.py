"""Translate a portal with wagtail-localize in the Wagtail admin, use it, and print what happened as
JSON.

``python -m tests.hosts.localize_flows``, with ``tests.hosts.localize_site`` as settings.
"""

import json
import re
import sys
from importlib import import_module

import django

CHOICE = "11111111-0000-4000-8000-000000000002"
LEFT, RIGHT = "22222222-0000-4000-8000-000000000001", "22222222-0000-4000-8000-000000000002"
DETAIL = "11111111-0000-4000-8000-000000000003"
ANNOUNCEMENT = "44444444-0000-4000-8000-000000000001"


def create_tables():
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command

    # From the models, which takes a tenth of the time of all migrations.
    settings.MIGRATION_MODULES = {row.label: None for row in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, verbosity=0)
    import_module("wagtail_portal.migrations.0002_built_in").create(apps, None)


def create_sites():
    """Create the pages of both languages, and the portal in English."""
    from wagtail.models import Locale, Page, Site

    from tests import factories

    english, german = (Locale.objects.create(language_code=code) for code in ("en", "de"))
    root = Page.add_root(instance=Page(title="Root", slug="root", locale=english))
    page = root.add_child(instance=Page(title="Site", slug="site", locale=english))
    Site.objects.create(hostname="testserver", root_page=page, is_default_site=True)
    page.copy_for_translation(german).save_revision().publish()
    return factories.portal_home(), german


def question(kind, id, **value):
    """Return a question with nothing but what's given, as an import or an API would write it."""
    return {"type": kind, "id": id, "value": value}


def create_form(home, fields):
    from tests import factories

    severity, plan = fields
    rule = {"question": CHOICE, "operator": "equals", "values": [RIGHT]}
    choices = [
        {"type": "item", "id": key, "value": {"label": label}}
        for key, label in ((LEFT, "Left"), (RIGHT, "Right"))
    ]
    number = "11111111-0000-4000-8000-00000000000"
    form = factories.form_page(
        home,
        [
            question("description", f"{number}5"),
            question("ticket_field", f"{number}1", field=severity.pk, default="High"),
            question("question_choice", CHOICE, label="Which valve", choices=choices),
            question(
                "question_text", DETAIL, label="Why", show_if={"match": "all", "conditions": [rule]}
            ),
            question("question_file", f"{number}6", label="Plan", types="pdf"),
            question("page_link", f"{number}7", page=home.get_parent().pk),
            {"type": "heading", "id": f"{number}8", "value": "A heading"},
            {"type": "rich_text", "id": f"{number}9", "value": "<p>Some <b>text</b></p>"},
        ],
        notify_addresses="team@company.example",
        subject_template="Valve: {which-valve}",
        confirmation="We will call you.",
        assignee=factories.staff(is_superuser=True),
    )
    preset = question("preset", "33333333-0000-4000-8000-000000000001", field=plan.pk, value="Pro")
    form.presets = json.dumps([preset])
    form.save_revision().publish()
    return form


def create_content(home, form):
    link = {"type": "item", "id": "55555555-0000-4000-8000-000000000001"}
    link["value"] = {"label": "Manuals", "url": "https://manuals.example/"}
    button = {"type": "item", "id": "55555555-0000-4000-8000-000000000002", "value": form.pk}
    home.content = json.dumps(
        [
            question("announcement", ANNOUNCEMENT, title="Maintenance"),
            question("links", ANNOUNCEMENT.replace("1", "2"), links=[link]),
            question("forms", ANNOUNCEMENT.replace("1", "3"), forms=[button]),
        ]
    )
    home.save_revision().publish()


class Translator:
    """An editor who translates pages in the Wagtail admin."""

    def __init__(self, user, record):
        from django.test import Client

        self.browser, self.record = Client(), record
        self.browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    def post(self, url, data):
        response = self.browser.post(f"/admin/{url}", data)
        self.record.append([f"POST {url}", response.status_code])
        return response

    def submit(self, url, locale):
        """Create the translation of an object."""
        self.browser.get(f"/admin/localize/submit/{url}")
        self.post(f"localize/submit/{url}", {"locales": [locale.pk]})

    def translate(self, page, words):
        """Enter the words for each text of a page's translation, and publish it."""
        from wagtail_localize.models import StringSegment, Translation

        (translation,) = Translation.objects.filter(
            source__object_id=page.translation_key, target_locale=page.locale
        )
        response = self.browser.get(f"/admin/pages/{page.pk}/edit/")
        self.record.append(["GET the translation", response.status_code])
        segments = StringSegment.objects.filter(source=translation.source)
        texts = [segment.string.data for segment in segments.select_related("string")]
        for segment, text in zip(segments, texts, strict=True):
            url = f"/admin/localize/translate/{translation.pk}/strings/{segment.pk}/edit/"
            data = f"value={words.get(text, 'de-' + text)}"
            self.browser.put(url, data, content_type="application/x-www-form-urlencoded")
        self.post(f"pages/{page.pk}/edit/", {"action": "publish"})
        return texts

    def update(self, page):
        """Take over what has changed in the original, and publish it."""
        from wagtail_localize.models import TranslationSource

        source = TranslationSource.objects.get_for_instance(page)
        self.post(f"localize/update/{source.pk}/", {"publish_translations": "on"})


def ids(stream):
    """Return the IDs of blocks and choices, and the keys of fields."""
    found = []
    for row in stream.get_prep_value():
        value = row["value"] if isinstance(row["value"], dict) else {}
        choices = [choice["id"] for choice in value.get("choices", [])]
        found.append([row["id"], row["type"], value.get("field"), choices, value.get("show_if")])
    return found


def send(browser, url, **answers):
    """Fill in a form with the values that the page offers, and return the ticket."""
    from wagtail_portal.models import Ticket

    page = browser.get(url).content.decode()
    hidden = re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', page)
    chosen = re.findall(r'<select name="([\w-]+)".*?<option value="(\w+)" selected', page, re.S)
    browser.post(url, {**dict(hidden), **dict(chosen), "description": "It leaks", **answers})
    ticket = Ticket.objects.latest("pk")
    answer = {row["id"]: row["value"] for row in ticket.answers}
    return [ticket.subject, ticket.values, answer.get(CHOICE), answer.get(DETAIL)]


def translate_reply(translator, german):
    """Translate a saved reply, which is a snippet."""
    from wagtail_portal.models import SavedReply

    reply = SavedReply.objects.create(title="Close it", text="Close the valve.")
    translator.submit(f"snippet/wagtail_portal/savedreply/{reply.pk}/", german)
    return list(reply.get_translations().values_list("locale__language_code", flat=True))


def translate_settings(staff):
    """Return the portal's name in German, which the settings themselves hold."""
    from django.utils import translation
    from wagtail.models import Site

    from wagtail_portal.models import PortalSettings

    settings = PortalSettings.for_site(Site.objects.get())
    settings.portal_name, settings.translations = "Help", {"de": {"portal_name": "Hilfe"}}
    settings.save()
    page = staff.get(f"/admin/settings/wagtail_portal/portalsettings/{settings.site_id}/")
    with translation.override("de"):
        return [page.status_code, PortalSettings.for_site(settings.site).name]


def main():
    django.setup()
    from django.test import Client
    from django.test.utils import setup_test_environment

    from wagtail_portal.models import Role
    from wagtail_portal.pages.models import PortalHomePage, TicketFormPage

    setup_test_environment()
    create_tables()
    from tests import factories

    home, german = create_sites()
    severity = factories.ticket_field("Severity", choices=[("High", ""), ("Low", "")])
    plan = factories.ticket_field("Plan", type="text")
    form = create_form(home, (severity, plan))
    create_content(home, form)
    found: dict = {"requests": []}
    staff = factories.staff(is_superuser=True)
    translator = Translator(staff, found["requests"])
    dana = factories.member(factories.organization("Acme"), "dana@acme.example")
    customer = Client()
    customer.force_login(dana.user, backend="django.contrib.auth.backends.ModelBackend")

    # From English to German.
    for page in (home, form):
        translator.submit(f"page/{page.pk}/", german)
    german_home = PortalHomePage.objects.get(locale=german)
    german_form = TicketFormPage.objects.get(locale=german)
    found["texts of the home"] = translator.translate(german_home, {"support": "hilfe"})
    words = {
        "report": "melden",
        "Which valve": "Welches Ventil",
        "Left": "Links",
        "Valve: {which-valve}": "Ventil: {welches-ventil}",
    }
    found["texts of the form"] = translator.translate(german_form, words)
    german_form = TicketFormPage.objects.get(locale=german)
    found["same ids"] = ids(german_form.questions) == ids(form.questions)
    found["same presets"] = (
        german_form.presets.get_prep_value() == form.presets.get_prep_value()
        and german_form.notify_addresses == form.notify_addresses
    )
    page = customer.get("/de/hilfe/").content.decode()
    found["home"] = [
        text in page for text in ("de-Maintenance", "de-Manuals", 'href="/de/hilfe/melden/"')
    ]
    name = f"q-{CHOICE}"
    found["tickets"] = [
        send(customer, "/en/support/report/", **{name: LEFT}),
        send(customer, "/de/hilfe/melden/", **{name: LEFT}),
        send(customer, "/de/hilfe/melden/", **{name: RIGHT, f"q-{DETAIL}": "Rost"}),
    ]

    # The original changes: a question is reworded, another is added, and fewer may send it.
    form = TicketFormPage.objects.get(pk=form.pk)
    rows = form.questions.get_prep_value()
    rows[3]["value"]["label"] = "For what reason"
    rows.insert(0, question("urgency", "11111111-0000-4000-8000-000000000010"))
    form.questions = json.dumps(rows)
    form.notify_addresses = "others@company.example"
    form.for_roles = [Role.objects.get(key=Role.ADMIN)]
    form.save_revision().publish()
    translator.update(form)
    german_form = TicketFormPage.objects.get(locale=german)
    labels = [row["value"].get("label") for row in german_form.questions.get_prep_value()[:5]]
    found["after the update"] = {
        "labels": labels,
        "same ids": ids(german_form.questions) == ids(form.questions),
        "addresses": german_form.notify_addresses,
        "roles": [role.key for role in german_form.for_roles.all()],
    }

    # From German to English.
    own = TicketFormPage(title="Rückruf", slug="rueckruf", locale=german)
    rows = [question("description", DETAIL), question("question_text", CHOICE, label="Telefon")]
    own.questions = json.dumps(rows)
    PortalHomePage.objects.get(locale=german).add_child(instance=own)
    translator.submit(f"page/{own.pk}/", home.locale)
    english = TicketFormPage.objects.get(locale=home.locale, translation_key=own.translation_key)
    translator.translate(english, {"Telefon": "Phone", "rueckruf": "callback"})
    found["callback"] = "Phone" in customer.get("/en/support/callback/").content.decode()

    found["saved reply"] = translate_reply(translator, german)
    found["settings"] = translate_settings(translator.browser)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
