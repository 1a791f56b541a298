"""The component page meets the same standards as the pages built from the components."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_page_quality import LOOKS, check

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", LOOKS)
def test_every_component_is_accessible_in_every_theme(person, language):
    page = person(locale=language)
    page.goto("/dev/components/")
    expect(page.get_by_role("heading", level=1, name="Components")).to_be_visible()
    check(page, "components", language)
