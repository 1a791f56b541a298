"""The page that shows all components, for checking style changes."""

import re
from pathlib import Path

import pytest

from wagtail_portal import __file__ as package

STYLES = Path(package).parent / "static" / "wagtail_portal"
#: A BEM block, as in ``portal-message__body`` and ``portal-message--team``.
BLOCK = re.compile(r"portal(?:-[a-z0-9]+)+")
CLASSES = re.compile(r'class="([^"]*)"')

ASK = """
    from django.apps import apps
    from django.conf import settings
    from django.test import Client

    def counts():
        return {model._meta.label: model.objects.count() for model in apps.get_models()}

    client, before = Client(headers={"host": "localhost:8000"}), counts()
    shown = client.get("/dev/components/")
    answer = {
        "status": shown.status_code,
        "html": shown.content.decode(),
        "before": before,
        "after": counts(),
    }
    settings.DEBUG = False
    answer["status on a server"] = client.get("/dev/components/").status_code
"""


@pytest.fixture(scope="module")
def answer(demo) -> dict:
    return demo.ask(ASK)


@pytest.fixture(scope="module")
def page(answer) -> str:
    assert answer["status"] == 200
    return answer["html"]


def styled_blocks() -> set[str]:
    """Return every block that a customer style sheet has a rule for."""
    sheets = "".join(path.read_text(encoding="utf-8") for path in STYLES.glob("*.css"))
    rules = re.sub(r"/\*.*?\*/", "", sheets, flags=re.DOTALL)
    return {BLOCK.match(name)[0] for name in re.findall(r"\.(portal-[a-z][\w-]*)", rules)}


def test_every_styled_component_is_on_the_page(page):
    shown = {name for classes in CLASSES.findall(page) for name in BLOCK.findall(classes)}
    assert len(styled_blocks()) > 100
    assert styled_blocks() - shown == set()


def test_every_state_of_a_component_is_on_the_page(page):
    for state in ("new", "waiting_on_us", "waiting_on_customer", "on_hold", "closed"):
        assert f'class="portal-status" data-state="{state}"' in page
    for colour in ("red", "orange", "yellow", "green", "blue", "purple"):
        assert f'data-colour="{colour}"' in page
    for level in ("info", "success", "warning", "error"):
        assert f"portal-notice--{level}" in page
    for part in (
        "data-unread",
        "portal-message--team",
        "portal-message__new",
        "portal-field--invalid",
    ):
        assert part in page


def test_forms_cannot_be_sent_and_ids_are_unique(page):
    main = page.partition("<main")[2].partition("</main>")[0]
    assert 'method="post"' not in main
    names = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(names) == sorted(set(names))


def test_sample_customer_is_not_saved(answer):
    assert answer["after"] == answer["before"]


def test_page_only_exists_in_development(answer):
    assert answer["status on a server"] == 404
