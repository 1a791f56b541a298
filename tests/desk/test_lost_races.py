"""What's deleted or withdrawn while a request is handled: the page says so, and nothing fails."""

import pytest
from django.urls import reverse

from tests import factories
from tests.desk.conftest import group, signed_in
from wagtail_portal import actions
from wagtail_portal.models import Organization, SavedFilter
from wagtail_portal.permissions import Actor


@pytest.fixture
def before(monkeypatch):
    """Return ``before(name, change)``, which lets something happen just before an action."""

    def before(name, change):
        action = getattr(actions, name)

        def late(*args, **kwargs):
            change()
            return action(*args, **kwargs)

        monkeypatch.setattr(actions, name, late)

    return before


def test_view_that_was_deleted_a_moment_ago(desk, agent, before):
    saved = actions.save_filter(by=Actor.for_agent(agent), name="Mine")
    before("change_view_columns", SavedFilter.objects.all().delete)
    response = desk.post(f"{reverse('wagtail_portal_list')}?view={saved.pk}", {})
    assert response.status_code == 409
    page = response.content.decode()
    assert "Nothing was saved" in page and "This no longer exists." in page
    assert "Retry-After" not in response


def test_notes_about_an_organization_that_was_deleted_a_moment_ago(manager, before):
    organization = factories.organization()
    url = reverse("wagtailsnippets_wagtail_portal_organization:inspect", args=[organization.pk])
    before("change_notes", Organization.objects.filter(pk=organization.pk).delete)
    data = {"form": "notes", "notes": "Calls on Mondays"}
    assert signed_in(manager).post(url, data).status_code == 404


def test_permission_that_was_withdrawn_a_moment_ago(desk, agent, ticket):
    by = Actor.for_agent(agent)
    run = actions.begin_bulk_change(
        by=by, verb="field", tickets=[ticket.pk], arguments={"urgency": "high"}
    )
    actions.continue_bulk_change(run)
    agent.groups.set([group("Editors without rights")])
    response = desk.post(reverse("wagtail_portal_bulk_undo", args=[run.pk]))
    assert response.url == reverse("wagtailadmin_home")
