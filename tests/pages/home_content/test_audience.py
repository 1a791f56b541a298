"""What is written above the list for the members of some organizations alone."""

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
    """As an editor who may see the organizations: publish this above the list."""
    home.content = home._meta.get_field("content").to_python(list(parts))
    home.save_revision().publish()
    home.refresh_from_db()


def shown(browser) -> str:
    return browser.get("/support/").content.decode()


@pytest.fixture
def globex(db):
    return factories.organization("Globex")


def page_editor(home, *rights):
    """Somebody who may edit and publish pages, and has further rights by their codenames."""
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


def in_editor(browser, home) -> list[dict]:
    """The blocks as they are handed to the editor's script."""
    page = BeautifulSoup(browser.get(edit_url(home)).content, "html.parser")
    return json.loads(page.select_one("#content")["data-w-block-arguments-value"])[0]


def typed(title, **extra) -> dict:
    """One announcement as the editor's form sends it."""
    empty = {"text": rich_text(""), "begins": "", "ends": "", "for_roles": []}
    return {"severity": "warning", "title": title, **empty, **extra}


def send(browser, home, *blocks, **extra):
    """Send the editor's form with ``(id, value)`` blocks."""
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
    """Primary keys by block, as they are stored."""
    content = PortalHomePage.objects.get(pk=home.pk).content
    return [[row["value"] for row in block.value["for_organizations"]] for block in content]


def test_others_do_not_see_it(home, dana, acme, globex, as_member):
    write(home, announcement("For Acme", acme), announcement("For all"))
    # Whoever comes first, what is kept is for nobody else.
    insider, stranger = as_member(dana), as_member(factories.member(globex))
    for _round in range(2):
        assert "For Acme" in shown(insider)
        assert "For Acme" not in shown(stranger)
        assert "For all" in shown(stranger)
        assert "For Acme" not in Client().get("/support/", follow=True).content.decode()
    cache.clear()
    assert "For Acme" not in shown(stranger)
    assert "For Acme" in shown(insider)


def test_organizations_and_roles_must_both_hold(home, acme, globex, as_member):
    write(home, announcement("Secret", acme, roles=[Role.ADMIN]))
    for organization, role, there in (
        (acme, Role.ADMIN, True),
        (acme, Role.MEMBER, False),
        (globex, Role.ADMIN, False),
    ):
        browser = as_member(factories.member(organization, role=role))
        assert ("Secret" in shown(browser)) == there


def test_member_of_two_sees_that_of_the_one_that_is_chosen(home, dana, acme, globex, as_member):
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


def test_organization_that_is_deleted_opens_it_to_nobody(home, dana, acme, globex, as_member):
    write(home, announcement("Secret", globex), announcement("Both", acme, globex))
    Organization.objects.filter(pk=globex.pk).delete()
    for _time in range(2):
        cache.clear()
        page = shown(as_member(dana))
        assert "Secret" not in page
        assert "Both" in page
        home = PortalHomePage.objects.get(pk=home.pk)
        home.save_revision().publish()


def test_costs_no_query_for_any_number(home, dana, acme, as_member, django_assert_num_queries):
    browser = as_member(dana)
    shown(browser)
    with CaptureQueriesContext(connection) as without:
        shown(browser)
    some = [factories.organization() for _number in range(20)]
    write(home, announcement("Secret", acme, *some), announcement("Other", *some))
    with django_assert_num_queries(len(without)):
        assert "Secret" in shown(browser)
    with django_assert_num_queries(len(without)):
        assert "Other" not in shown(browser)


def test_editor_with_the_right_chooses_them(home, acme, globex):
    write(home, announcement("News", acme))
    browser = page_editor(home, "view_organization")
    (block,) = in_editor(browser, home)
    (chosen,) = block["value"]["for_organizations"]
    assert chosen["value"]["title"] == "Acme"
    rows = streamfield([("organization", str(acme.pk)), ("organization", str(globex.pk))])
    sent = send(browser, home, (block["id"], typed("News", for_organizations=rows)))
    assert sent.status_code == 302
    assert organizations_of(home) == [[acme.pk, globex.pk]]
    first, second = home.revisions.order_by("pk")
    compare = reverse("wagtailadmin_pages:revisions_compare", args=[home.pk, first.pk, second.pk])
    assert "Globex" in browser.get(compare).content.decode()


def test_editor_with_the_right_replaces_one_that_is_gone(home, globex):
    write(home, announcement("News", globex))
    pk = globex.pk
    globex.delete()
    browser = page_editor(home, "view_organization")
    (block,) = in_editor(browser, home)
    assert block["value"]["for_organizations"][0]["value"] is None
    rows = streamfield([("organization", "")])
    sent = send(browser, home, (block["id"], typed("News", for_organizations=rows)))
    assert "required" in sent.content.decode()
    assert organizations_of(home) == [[pk]]
    sent = send(browser, home, (block["id"], typed("News", for_organizations=streamfield([]))))
    assert sent.status_code == 302
    assert organizations_of(home) == [[]]


def test_editor_without_the_right_sees_a_number_and_loses_nothing(home, acme, globex):
    write(home, announcement("News", acme, globex), announcement("Open"))
    browser = page_editor(home)
    page = browser.get(edit_url(home)).content.decode()
    assert "Globex" not in page
    assert "organization_chooser" not in page
    news, everyone = in_editor(browser, home)
    hidden = news["value"]["for_organizations"]
    assert "Only for 2 organizations." in json.loads(hidden)["text"]
    blocks = [
        # Duplicated, renamed and moved; and a new one.
        (str(uuid.uuid4()), typed("Copy", for_organizations=hidden)),
        (
            everyone["id"],
            typed("Open", for_organizations=everyone["value"]["for_organizations"]),
        ),
        (news["id"], typed("Renamed", for_organizations=hidden)),
    ]
    assert send(browser, home, *blocks).status_code == 302
    assert organizations_of(home) == [[acme.pk, globex.pk], [], [acme.pk, globex.pk]]
    first, second = home.revisions.order_by("pk")
    compare = reverse("wagtailadmin_pages:revisions_compare", args=[home.pk, first.pk, second.pk])
    compared = browser.get(compare).content.decode()
    assert "Renamed" in compared
    assert "Only for 2 organizations." in compared
    assert "Globex" not in compared


def test_editor_without_the_right_cannot_change_them(home, acme, globex):
    write(home, announcement("News", acme))
    browser = page_editor(home)
    (block,) = in_editor(browser, home)
    chosen = streamfield([("organization", str(globex.pk))])
    for forged in ({"for_organizations": chosen}, {}):
        assert send(browser, home, (block["id"], typed("News", **forged))).status_code == 302
        assert organizations_of(home) == [[acme.pk]]
    for broken in ("", "nonsense", "[]", json.dumps({"text": "", "signed": "e30:x:y"})):
        send(browser, home, (block["id"], typed("News", for_organizations=broken)))
        # What cannot be read is for nobody.
        assert organizations_of(home) == ([[acme.pk]] if not broken else [[None]])


def test_errors_of_the_form_name_nobody(home, acme, globex):
    write(home, announcement("News", globex))
    browser = page_editor(home)
    (block,) = in_editor(browser, home)
    hidden = block["value"]["for_organizations"]
    times = {"begins": "2030-01-02 00:00", "ends": "2030-01-01 00:00"}
    sent = send(browser, home, (block["id"], typed("News", for_organizations=hidden, **times)))
    assert "This must be later than" in sent.content.decode()
    assert "Globex" not in sent.content.decode()


def test_right_that_comes_and_goes_meanwhile_loses_nothing(home, acme, globex):
    write(home, announcement("News", acme, globex))
    browser = page_editor(home)
    (block,) = in_editor(browser, home)
    user = home.get_parent().group_permissions.first().group.user_set.get()
    user.user_permissions.set(Permission.objects.filter(codename="view_organization"))
    hidden = typed("News", for_organizations=block["value"]["for_organizations"])
    assert send(browser, home, (block["id"], hidden)).status_code == 302
    assert organizations_of(home) == [[acme.pk, globex.pk]]


def test_copy_of_the_page_and_a_former_version_keep_them(home, acme):
    write(home, announcement("News", acme))
    first = home.latest_revision
    write(home, announcement("Open"))
    browser = page_editor(home)
    url = reverse("wagtailadmin_pages:revisions_revert", args=[home.pk, first.pk])
    page = BeautifulSoup(browser.get(url).content, "html.parser")
    (block,) = json.loads(page.select_one("#content")["data-w-block-arguments-value"])[0]
    again = typed("News", for_organizations=block["value"]["for_organizations"])
    sent = send(browser, home, (block["id"], again), revision=str(first.pk))
    assert sent.status_code == 302
    assert organizations_of(home) == [[acme.pk]]
    # Of what is published as of the draft.
    PortalHomePage.objects.get(pk=home.pk).copy(update_attrs={"slug": "copy", "title": "Copy"})
    copied = PortalHomePage.objects.get(slug="copy")
    assert organizations_of(copied) == [[acme.pk]]
    draft = copied.get_latest_revision_as_object()
    assert [block.value["for_organizations"][0]["value"] for block in draft.content] == [acme.pk]


def test_organization_knows_what_is_for_it(home, acme):
    write(home, announcement("News", acme))
    ReferenceIndex.create_or_update_for_object(home)
    (found,) = ReferenceIndex.get_references_to(acme).filter(object_id=str(home.pk))
    assert found.describe_source_field().startswith("Content above the ticket list")


@pytest.mark.parametrize("rights", [[], ["view_organization"]])
@pytest.mark.parametrize("mode", ["member", "admin"])
def test_preview_shows_every_part(home, acme, rights, mode):
    write(home, announcement("News", acme))
    browser = page_editor(home, *rights)
    (block,) = in_editor(browser, home)
    chosen = block["value"]["for_organizations"]
    if rights:
        chosen = streamfield([("organization", str(acme.pk))])
    data = typed("Not yet published", for_organizations=chosen)
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


def test_form_class_of_a_site_stays_its_own():
    class OwnForm(WagtailAdminPageForm):
        pass

    class OwnHome(HomeContentMixin):
        base_form_class = OwnForm

        class Meta:
            abstract = True

    assert issubclass(OwnHome.base_form_class, OwnForm)
    assert issubclass(OwnHome.base_form_class, OrganizationAudienceForm)
    assert OwnForm is not OwnHome.base_form_class
