"""Every kind of person at a form for anyone, and at the request of somebody else."""

import pytest
from django.test import Client

from tests.security import scenario as world_module
from tests.security.scenario import MEMBERS, secret
from wagtail_portal.models import PendingRequest


@pytest.fixture
def world(db):
    return world_module.build()


def test_form_for_anyone_and_requests_of_others(world):
    stranger = Client()
    data = {"subject": secret("plain"), "description": "d", "visitor-email": "kim@x.example"}
    url = stranger.post("/support/anyone/", data).url
    assert stranger.get(url).status_code == 200
    for person, browser in world.browsers():
        response = browser.get("/support/anyone/")
        assert response.status_code == 200
        assert {"private", "no-store"} <= set(response["Cache-Control"].split(", ")), person
        assert ("visitor-email" in response.content.decode()) == (person not in MEMBERS), person
        for response in (browser.get(url), browser.post(url, {"action": "resend"})):
            assert response.status_code == 404, person
            assert {"private", "no-store"} <= set(response["Cache-Control"].split(", ")), person
            assert secret("plain") not in response.content.decode()
    assert PendingRequest.objects.get().ticket is None
