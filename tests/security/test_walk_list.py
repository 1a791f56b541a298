"""Search, saved filters and export, for every kind of person as in :mod:`.test_walk`."""

import io
import re

import pytest
from openpyxl import load_workbook

from tests.security.scenario import MEMBERS, READS, TICKETS
from wagtail_portal.models import SavedFilter

from .test_walk import all_rows, check_response, content, expected, scenario  # noqa: F401

PAGES = {
    # The subject, description and a note of every ticket contain its secret.
    "?q=secret&period=all": (200, MEMBERS),
    "?q=secret+note": (200, MEMBERS),
    "?q=%231": (200, MEMBERS),
    "filters/": (200, MEMBERS),
    "export/csv/?q=secret": (200, MEMBERS),
    "export/pdf/": (200, set()),
}


def test_every_url_for_every_person(scenario):  # noqa: F811
    for person, browser in scenario.browsers():
        before = all_rows()
        for path, (status, people) in PAGES.items():
            wanted = expected(person, status, people)
            check_response(browser.get(f"/support/{path}"), person, path, wanted)
        assert all_rows() == before, person


@pytest.mark.parametrize("path", ["?q=body+sec", "export/csv/?q=secret", "export/xlsx/"])
def test_visible_tickets_are_found_and_exported(scenario, path):  # noqa: F811
    for person, browser in scenario.browsers():
        response = browser.get(f"/support/{path}")
        if person not in MEMBERS:
            assert response.status_code in (302, 403), person
            continue
        if "xlsx" in path:
            book = load_workbook(io.BytesIO(b"".join(response.streaming_content)))
            text = str(list(book.active.iter_rows(values_only=True)))
        else:
            text = re.sub("</?mark>", "", content(response))
        found = set(re.findall(r"secret-of-([a-z]+)", text))
        assert found == (READS[person] - {"foreign"} if person == "in both" else READS[person])


def test_ticket_numbers_only_redirect_readers(scenario):  # noqa: F811
    for person, browser in scenario.browsers():
        for ticket in set(TICKETS) - ({"foreign"} if person == "in both" else set()):
            response = browser.get("/support/", {"q": f"#{scenario.numbers[ticket]}"})
            if person in MEMBERS:
                reads = ticket in READS[person]
                assert response.status_code == (302 if reads else 200), (person, ticket)


def test_saved_filters_are_private(scenario):  # noqa: F811
    for person, browser in scenario.browsers():
        if person in MEMBERS:
            browser.post("/support/filters/", {"name": f"filter-of-{person}.", "query": "tab=open"})
    row = SavedFilter.objects.get(name="filter-of-dana.")
    for person, browser in scenario.browsers():
        page = content(browser.get("/support/filters/"))
        own = {f"filter-of-{person}."} if person in MEMBERS else set()
        assert set(re.findall(r"filter-of-[a-z ]+\.", page)) == own
        for do in ("rename", "share", "unshare", "delete") if person != "dana" else ():
            response = browser.post(f"/support/filters/{row.pk}/", {"do": do, "name": "taken"})
            check_response(response, person, "filters/", expected(person, 404, set()))
    kept = SavedFilter.objects.values_list("name", "shared")
    assert set(kept) == {(f"filter-of-{person}.", False) for person in MEMBERS}
