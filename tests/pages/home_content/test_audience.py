"""Content above the ticket list that's only for members of some organizations."""

import json
import uuid

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.admin.forms.pages import WagtailAdminPageForm
from wagtail.models import GroupPagePermission, ReferenceIndex
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from tests import factories
from wagtail_portal.models import Organization, Role
from wagtail_portal.pages.home_content.audience import OrganizationAudienceForm
from wagtail_portal.pages.home_content.blocks import HomeContentMixin
from wagtail_portal.pages.models import PortalHomePage


def audience(*organizations):
    return [
        {"type": "organization", "value": found.pk, "id": str(uuid.uuid4())}
        for found in organizations
    ]


def announcement(title, *organizations, roles=()):
    value = {"severity": "warning", "title": title, "text": "", "for_roles": list(roles)}
    value["for_organizations"] = audience(*organizations)
    return {"type": "announcement", "value": value, "id": str(uuid.uuid4())}


def write(home, *parts):
    """Publish content above the ticket list as an editor who can see organizations."""
    home.content = home._meta.get_field("content").to_python(list(parts))
    home.save_revision().publish()
    home.refresh_from_db()


def shown(browser) -> str:
    return browser.get("/support/").content.decode()


@pytest.fixture
def globex(db):
    return factories.organization("Globex")


def page_editor(home, *rights):
    """Return a test client of an editor with additional permissions, given by codename."""
    user = factories.staff("Editors")
    for codename in ("publish_page", "add_page", "change_page"):
        GroupPagePermission.objects.get_or_create(
            group=user.groups.get(),
            page=home.get_parent(),
            permission=Permission.objects.get(codename=codename),
        )
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    browser = Client()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def edit_url(home) -> str:
    return reverse("wagtailadmin_pages:edit", args=[home.pk])


def editor_blocks(browser, home) -> list[dict]:
    """Return the blocks passed to the editor's script."""
    page = BeautifulSoup(browser.get(edit_url(home)).content, "html.parser")
    return json.loads(page.select_one("#content")["data-w-block-arguments-value"])[0]


def block_input(title, **extra) -> dict:
    """Return an announcement as submitted by the editor's form."""
    empty = {"text": rich_text(""), "begins": "", "ends": "", "for_roles": []}
    empty["for_customers"] = streamfield([])
    return {"severity": "warning", "title": title, **empty, **extra}


def send(browser, home, *blocks, **extra):
    """Submit the editor's form with ``(id, value)`` blocks."""
    data = nested_form_data(
        {
            "title": home.title,
            "slug": home.slug,
            "content": streamfield([("announcement", value) for _id, value in blocks]),
            "comments": {
                "TOTAL_FORMS": 0,
                "INITIAL_FORMS": 0,
                "MIN_NUM_FORMS": 0,
                "MAX_NUM_FORMS": 0,
            },
            "action-publish": "1",
        }
    )
    ids = {f"content-{number}-id": pk for number, (pk, _value) in enumerate(blocks)}
    return browser.post(edit_url(home), {**data, **ids, **extra})


def organizations_of(home) -> list[list]:
    """Return the stored primary keys by block."""
    content = PortalHomePage.objects.get(pk=home.pk).content
    return [[row["value"] for row in block.value["for_organizations"]] for block in content]


def test_members_of_other_organizations_do_not_see_it(home, dana, acme, globex, as_member):
    write(home, announcement("For Acme", acme), announcement("For all"))
    # No matter who comes first, cached content isn't shown to the others.
    insider, outsider = as_member(dana), as_member(factories.member(globex))
    for _round in range(2):
        assert "For Acme" in shown(insider)
        assert "For Acme" not in shown(outsider)
        assert "For all" in shown(outsider)
        assert "For Acme" not in Client().get("/support/", follow=True).content.decode()
    cache.clear()
    assert "For Acme" not in shown(outsider)
    assert "For Acme" in shown(insider)


def test_organization_and_role_must_both_match(home, acme, globex, as_member):
    write(home, announcement("Secret", acme, roles=[Role.ADMIN]))
    for organization, role, there in (
        (acme, Role.ADMIN, True),
        (acme, Role.MEMBER, False),
        (globex, Role.ADMIN, False),
    ):
        browser = as_member(factories.member(organization, role=role))
        assert ("Secret" in shown(browser)) == there


def test_member_of_two_organizations_sees_content_for_the_current_one(
    home, dana, acme, globex, as_member
):
    other = factories.member(globex, dana.user.email)
    write(home, announcement("For Acme", acme), announcement("For Globex", globex))
    browser = as_member(dana)
    for member, there, missing in (
        (dana, "For Acme", "For Globex"),
        (other, "For Globex", "For Acme"),
    ):
        browser.post("/support/organization/", {"member": member.pk})
        page = shown(browser)
        assert there in page
        assert missing not in page


def test_deleting_the_organization_shows_the_content_to_nobody(home, dana, acme, globex, as_member):
    write(home, announcement("Secret", globex), announcement("Both", acme, globex))
    Organization.objects.filter(pk=globex.pk).delete()
    for _time in range(2):
        cache.clear()
        page = shown(as_member(dana))
        assert "Secret" not in page
        assert "Both" in page
        home = PortalHomePage.objects.get(pk=home.pk)
        home.save_revision().publish()


def test_number_of_queries_does_not_depend_on_the_number_of_blocks(
    home, dana, acme, as_member, django_assert_num_queries
):
    browser = as_member(dana)
    shown(browser)
    with CaptureQueriesContext(connection) as without:
        shown(browser)
    number = len(without)
    some = [factories.organization() for _number in range(20)]
    write(home, announcement("Secret", acme, *some), announcement("Other", *some))
    # Publishing a page has emptied the cache of the forms that members are offered.
    shown(browser)
    with django_assert_num_queries(number):
        assert "Secret" in shown(browser)
    with django_assert_num_queries(number):
        assert "Other" not in shown(browser)


def test_editor_with_permission_can_choose_organizations(home, acme, globex):
    write(home, announcement("News", acme))
    browser = page_editor(home, "view_organization")
    (block,) = editor_blocks(browser, home)
    (chosen,) = block["value"]["for_organizations"]
    assert chosen["value"]["title"] == "Acme"
    rows = streamfield([("organization", str(acme.pk)), ("organization", str(globex.pk))])
    sent = send(browser, home, (block["id"], block_input("News", for_organizations=rows)))
    assert sent.status_code == 302
    assert organizations_of(home) == [[acme.pk, globex.pk]]
    first, second = home.revisions.order_by("pk")
    compare = reverse("wagtailadmin_pages:revisions_compare", args=[home.pk, first.pk, second.pk])
    assert "Globex" in browser.get(compare).content.decode()


def test_editor_with_permission_can_replace_a_deleted_organization(home, globex):
    write(home, announcement("News", globex))
    pk = globex.pk
    globex.delete()
    browser = page_editor(home, "view_organization")
    (block,) = editor_blocks(browser, home)
    assert block["value"]["for_organizations"][0]["value"] is None
    rows = streamfield([("organization", "")])
    sent = send(browser, home, (block["id"], block_input("News", for_organizations=rows)))
    assert "required" in sent.content.decode()
    assert organizations_of(home) == [[pk]]
    sent = send(
        browser, home, (block["id"], block_input("News", for_organizations=streamfield([])))
    )
    assert sent.status_code == 302
    assert organizations_of(home) == [[]]


def test_editor_without_permission_sees_a_count_and_changes_nothing(home, acme, globex):
    write(home, announcement("News", acme, globex), announcement("Open"))
    browser = page_editor(home)
    page = browser.get(edit_url(home)).content.decode()
    assert "Globex" not in page
    assert "organization_chooser" not in page
    news, everyone = editor_blocks(browser, home)
    hidden = news["value"]["for_organizations"]
    assert "Only for 2 organizations." in json.loads(hidden)["text"]
    blocks = [
        # One was duplicated, renamed and moved, and one is new.
        (str(uuid.uuid4()), block_input("Copy", for_organizations=hidden)),
        (
            everyone["id"],
            block_input("Open", for_organizations=everyone["value"]["for_organizations"]),
        ),
        (news["id"], block_input("Renamed", for_organizations=hidden)),
    ]
    assert send(browser, home, *blocks).status_code == 302
    assert organizations_of(home) == [[acme.pk, globex.pk], [], [acme.pk, globex.pk]]
    first, second = home.revisions.order_by("pk")
    compare = reverse("wagtailadmin_pages:revisions_compare", args=[home.pk, first.pk, second.pk])
    compared = browser.get(compare).content.decode()
    assert "Renamed" in compared
    assert "Only for 2 organizations." in compared
    assert "Globex" not in compared


def test_editor_without_permission_cannot_change_organizations(home, acme, globex):
    write(home, announcement("News", acme))
    browser = page_editor(home)
    (block,) = editor_blocks(browser, home)
    chosen = streamfield([("organization", str(globex.pk))])
    for forged in ({"for_organizations": chosen}, {}):
        assert send(browser, home, (block["id"], block_input("News", **forged))).status_code == 302
        assert organizations_of(home) == [[acme.pk]]
    for broken in ("", "nonsense", "[]", json.dumps({"text": "", "signed": "e30:x:y"})):
        send(browser, home, (block["id"], block_input("News", for_organizations=broken)))
        # A value that can't be verified is shown to no one.
        assert organizations_of(home) == ([[acme.pk]] if not broken else [[None]])


def test_form_errors_do_not_reveal_organizations(home, acme, globex):
    write(home, announcement("News", globex))
    browser = page_editor(home)
    (block,) = editor_blocks(browser, home)
    hidden = block["value"]["for_organizations"]
    times = {"begins": "2030-01-02 00:00", "ends": "2030-01-01 00:00"}
    sent = send(
        browser, home, (block["id"], block_input("News", for_organizations=hidden, **times))
    )
    assert "This must be later than" in sent.content.decode()
    assert "Globex" not in sent.content.decode()


def test_permission_change_between_requests_loses_nothing(home, acme, globex):
    write(home, announcement("News", acme, globex))
    browser = page_editor(home)
    (block,) = editor_blocks(browser, home)
    user = home.get_parent().group_permissions.first().group.user_set.get()
    user.user_permissions.set(Permission.objects.filter(codename="view_organization"))
    hidden = block_input("News", for_organizations=block["value"]["for_organizations"])
    assert send(browser, home, (block["id"], hidden)).status_code == 302
    assert organizations_of(home) == [[acme.pk, globex.pk]]


def test_page_copies_and_revisions_keep_organizations(home, acme):
    write(home, announcement("News", acme))
    first = home.latest_revision
    write(home, announcement("Open"))
    browser = page_editor(home)
    url = reverse("wagtailadmin_pages:revisions_revert", args=[home.pk, first.pk])
    page = BeautifulSoup(browser.get(url).content, "html.parser")
    (block,) = json.loads(page.select_one("#content")["data-w-block-arguments-value"])[0]
    again = block_input("News", for_organizations=block["value"]["for_organizations"])
    sent = send(browser, home, (block["id"], again), revision=str(first.pk))
    assert sent.status_code == 302
    assert organizations_of(home) == [[acme.pk]]
    # Applies to the published page as well as the draft.
    PortalHomePage.objects.get(pk=home.pk).copy(update_attrs={"slug": "copy", "title": "Copy"})
    copied = PortalHomePage.objects.get(slug="copy")
    assert organizations_of(copied) == [[acme.pk]]
    draft = copied.get_latest_revision_as_object()
    assert [block.value["for_organizations"][0]["value"] for block in draft.content] == [acme.pk]


def test_organization_shows_where_it_is_used(home, acme):
    write(home, announcement("News", acme))
    ReferenceIndex.create_or_update_for_object(home)
    (found,) = ReferenceIndex.get_references_to(acme).filter(object_id=str(home.pk))
    assert found.describe_source_field().startswith("Content above the ticket list")


@pytest.mark.parametrize("rights", [[], ["view_organization"]])
@pytest.mark.parametrize("mode", ["member", "admin"])
def test_preview_shows_every_block(home, acme, rights, mode):
    write(home, announcement("News", acme))
    browser = page_editor(home, *rights)
    (block,) = editor_blocks(browser, home)
    chosen = block["value"]["for_organizations"]
    if rights:
        chosen = streamfield([("organization", str(acme.pk))])
    data = block_input("Not yet published", for_organizations=chosen)
    url = reverse("wagtailadmin_pages:preview_on_edit", args=[home.pk])
    fields = nested_form_data(
        {
            "title": home.title,
            "slug": home.slug,
            "content": streamfield([("announcement", data)]),
            "comments": {
                "TOTAL_FORMS": 0,
                "INITIAL_FORMS": 0,
                "MIN_NUM_FORMS": 0,
                "MAX_NUM_FORMS": 0,
            },
        }
    )
    assert browser.post(url, fields).json()["is_valid"]
    preview = browser.get(url, {"mode": mode}).content.decode()
    assert "Not yet published" in preview
    assert "Acme" not in preview


def test_sites_own_form_class_is_kept():
    class OwnForm(WagtailAdminPageForm):
        pass

    class OwnHome(HomeContentMixin):
        base_form_class = OwnForm

        class Meta:
            abstract = True

    assert issubclass(OwnHome.base_form_class, OwnForm)
    assert issubclass(OwnHome.base_form_class, OrganizationAudienceForm)
    assert OwnForm is not OwnHome.base_form_class
