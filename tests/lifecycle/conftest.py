"""An editor who works in the Wagtail admin, and people who look at the portal meanwhile."""

import html
import re
import uuid

import pytest
from django.core import mail
from django.test import Client

from tests import factories
from tests.factories import block
from wagtail_portal.pages.models import PortalHomePage, TicketFormPage


class Editor:
    """An administrator who presses the buttons of Wagtail's page views."""

    def __init__(self, user):
        self.browser = Client()
        self.browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    def get(self, url, **kwargs):
        return self.browser.get(f"/admin/{url}", **kwargs)

    def post(self, url, data=None, **kwargs):
        return self.browser.post(f"/admin/{url}", data or {}, **kwargs)

    def unpublish(self, page):
        assert self.post(f"pages/{page.pk}/unpublish/").status_code == 302

    def move(self, page, to):
        assert self.post(f"pages/{page.pk}/move/{to.pk}/confirm/").status_code == 302

    def restrict(self, page, kind, **data):
        """Set Wagtail's privacy of a page, such as ``"login"``, ``"groups"`` or ``"password"``."""
        response = self.post(f"pages/{page.pk}/privacy/", {"restriction_type": kind, **data})
        assert response.status_code == 200, response.content.decode()

    def edit(self, page, action="action-publish", **changes):
        """Save the page editor with other values, and return the response."""
        url = f"pages/{page.pk}/edit/"
        form = self.get(url).context["form"]
        data = {**form_values(form), **changes, action: "1"}
        return self.post(url, data)


def form_values(form) -> dict:
    """Return what a browser sends for a form of the page editor that no one has touched."""
    values = {}

    def add(name, value):
        if isinstance(value, dict):
            for key, inner in value.items():
                add(f"{name}-{key}", inner)
        elif isinstance(value, (list, tuple)):
            values[name] = list(value)
        elif value is not None and value is not False:
            values[name] = "on" if value is True else value

    for bound in form:
        value = bound.value()
        if hasattr(value, "stream_block"):
            _add_stream(values, bound.html_name, value.get_prep_value())
        else:
            add(bound.html_name, value)
    for name, formset in getattr(form, "formsets", {}).items():
        add(f"{name}-TOTAL_FORMS", str(len(formset.initial_forms)))
        add(f"{name}-INITIAL_FORMS", str(len(formset.initial_forms)))
    return values


def _add_stream(values, name, rows):
    values[f"{name}-count"] = str(len(rows))
    for index, row in enumerate(rows):
        prefix = f"{name}-{index}"
        values |= {f"{prefix}-deleted": "", f"{prefix}-order": str(index)}
        values |= {f"{prefix}-type": row["type"], f"{prefix}-id": row["id"] or ""}
        _add_block(values, f"{prefix}-value", row["value"])


def _add_block(values, name, value):
    if isinstance(value, dict):
        for key, inner in value.items():
            _add_block(values, f"{name}-{key}", inner)
    elif isinstance(value, list):
        _add_stream(values, name, value)
    elif value is True:
        values[name] = "on"
    elif value not in (None, False):
        values[name] = str(value)


@pytest.fixture
def editor(db):
    """An editor who may do everything."""
    return Editor(factories.staff(is_superuser=True, name="Edith Editor"))


@pytest.fixture
def report(home):
    """A form for signed-in customers at ``/support/report/``."""
    page = factories.form_page(home, [block("subject"), block("description")])
    page.save_revision().publish()
    return TicketFormPage.objects.get(pk=page.pk)


@pytest.fixture
def contact(home):
    """A form for anyone at ``/support/contact/``."""
    page = factories.form_page(
        home,
        [block("subject"), block("description")],
        title="Contact us",
        slug="contact",
        audience="anyone",
    )
    page.save_revision().publish()
    return TicketFormPage.objects.get(pk=page.pk)


@pytest.fixture
def section(home):
    """A page beside the portal, below which the portal can be moved."""
    from wagtail.models import Page

    return home.get_parent().add_child(instance=Page(title="Inside", slug="inside"))


@pytest.fixture
def send(django_capture_on_commit_callbacks):
    """Return ``send(browser, url)``, which sends a form as a member, or with an address."""

    def send(browser, url, address="", **data):
        typed = {"subject": "Pump fails", "description": "A long story", **data}
        if address:
            typed["visitor-email"] = address
        with django_capture_on_commit_callbacks(execute=True):
            return browser.post(url, {"submission_key": uuid.uuid4(), **typed})

    return send


def go_on(editor, response):
    """Press the first button of a question that the editor was asked."""
    page = text_of(response)
    action = re.search(r'<form action="/admin/([^"]+)" method="post"', page)[1]
    form = page.partition(f'<form action="/admin/{action}"')[2].partition("</form>")[0]
    inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    data = {}
    for name, value in inputs:
        data.setdefault(html.unescape(name), []).append(html.unescape(value))
    data |= dict.fromkeys(re.findall(r'<button[^>]* name="([^"]+)"', form)[:1], "1")
    return editor.post(html.unescape(action), data, follow=True)


def text_of(response) -> str:
    return response.content.decode()


def homes():
    return PortalHomePage.objects.all()


def emails() -> int:
    return len(mail.outbox)
