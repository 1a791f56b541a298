"""Forms for anyone and visitors' requests, for every kind of person."""

import pytest
from django.test import Client

from tests.security import scenario as scenario_module
from tests.security.scenario import MEMBERS, secret
from wagtail_portal.models import PendingRequest


@pytest.fixture
def scenario(db):
    return scenario_module.build()


def test_form_for_anyone_and_requests_of_others(scenario):
    visitor = Client()
    data = {"subject": secret("plain"), "description": "d", "visitor-email": "kim@x.example"}
    url = visitor.post("/support/anyone/", data).url
    assert visitor.get(url).status_code == 200
    for person, browser in scenario.browsers():
        response = browser.get("/support/anyone/")
        assert response.status_code == 200
        assert {"private", "no-store"} <= set(response["Cache-Control"].split(", ")), person
        assert ("visitor-email" in response.content.decode()) == (person not in MEMBERS), person
        for response in (browser.get(url), browser.post(url, {"action": "resend"})):
            assert response.status_code == 404, person
            assert {"private", "no-store"} <= set(response["Cache-Control"].split(", ")), person
            assert secret("plain") not in response.content.decode()
    assert PendingRequest.objects.get().ticket is None
