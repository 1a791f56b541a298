"""A site whose pages have another base than Wagtail's ``Page``."""

import json
import os
import subprocess
import sys

import pytest

from wagtail_portal.compat import WAGTAIL_8


@pytest.mark.skipif(not WAGTAIL_8, reason="Wagtail 7 has one base page model")
def test_portal_works_with_the_sites_own_base_page_model():
    """In another process, because the setting changes Wagtail's tables."""
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment["DJANGO_SETTINGS_MODULE"] = "tests.hosts.base_page_site"
    environment["PYTHONPATH"] = os.getcwd()
    command = [sys.executable, "-m", "tests.hosts.base_page_flows"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found = dict(json.loads(done.stdout))
    assert found.pop("embedded in") == "Help"
    assert [url for url, status in found.items() if status not in (200, 302)] == []
    assert found["/admin/wagtail-portal/forms/4/publish/"] == 302
    assert found["/support/report/"] == 200
