"""Images and links to pages between the questions of a form."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Page, ReferenceIndex, Site

from tests import factories
from tests.factories import block
from tests.pages.ticket_form.test_editor import form_data, question

URL = "/support/report/"


def picture(title="Type plate"):
    return get_image_model().objects.create(
        title=title, file=get_test_image_file(size=(2000, 1000))
    )


def guide(title="Where the type plate is", **kwargs):
    root = Site.objects.get(is_default_site=True).root_page
    return root.add_child(instance=Page(title=title, **kwargs))


def image_block(image, **values):
    return block("image", {"image": image.pk, "decorative": False, "alt_text": "", **values})


def link_block(page, text=""):
    return block("page_link", {"page": page.pk, "text": text})


def test_image_and_links_are_shown_between_the_questions(browser, home):
    image, page = picture(), guide()
    draft = guide("Not yet", live=False)
    factories.form_page(
        home,
        [
            block("subject"),
            image_block(image, alt_text="A plate on the side of the pump"),
            image_block(image, decorative=True),
            link_block(page),
            link_block(page, text="Read this first"),
            link_block(draft),
        ],
    )
    html = browser.get(URL).content.decode()
    assert 'alt="A plate on the side of the pump"' in html
    assert 'alt=""' in html
    assert html.count("srcset=") == 2
    assert html.count(f'href="{page.url}"') == 2
    assert "Where the type plate is" in html
    assert "Read this first" in html
    assert "Not yet" not in html
    # They don't ask anything, so the ticket contains none of them.
    assert browser.post(URL, {"subject": "x"}).status_code == 302


def test_form_still_works_after_image_and_page_are_deleted(browser, home):
    image, page = picture(), guide()
    factories.form_page(home, [block("subject"), image_block(image), link_block(page)])
    image.delete()
    page.delete()
    html = browser.get(URL).content.decode()
    assert "<img" not in html.split("<form")[-1]
    assert "Where the type plate is" not in html


def test_content_is_shown_in_its_step_and_in_the_preview(browser, home):
    image, page = picture(), guide()
    form = factories.form_page(
        home,
        [
            block("subject"),
            block("step", "More"),
            block("description"),
            image_block(image, alt_text="Plate"),
            link_block(page),
        ],
    )
    assert "Where the type plate is" not in browser.get(URL).content.decode()
    html = browser.get(browser.post(URL, {"subject": "x"}).url).content.decode()
    assert 'alt="Plate"' in html
    assert "Where the type plate is" in html
    admin = Client()
    admin.force_login(
        factories.staff(is_superuser=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    data = form_data(
        ("subject", question(placeholder="")),
        ("page_link", {"page": str(page.pk), "text": ""}),
        ("image", {"image": str(image.pk), "alt_text": "Plate", "decorative": ""}),
        slug="report",
    )
    url = f"/admin/pages/{form.pk}/edit/preview/"
    assert admin.post(url, data).json()["is_valid"]
    html = admin.get(f"{url}?mode=").content.decode()
    assert 'alt="Plate"' in html
    assert "Where the type plate is" in html


def test_image_without_a_description_is_rejected(home):
    admin = Client()
    admin.force_login(
        factories.staff(is_superuser=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    data = form_data(
        ("subject", question(placeholder="")),
        ("image", {"image": str(picture().pk), "alt_text": "", "decorative": ""}),
        **{"action-publish": "1"},
    )
    url = f"/admin/pages/add/wagtail_portal_pages/ticketformpage/{home.pk}/"
    assert "Please add some alt text" in admin.post(url, data).content.decode()


def test_usage_is_tracked_in_wagtail(home):
    image, page = picture(), guide()
    form = factories.form_page(home, [block("subject"), image_block(image), link_block(page)])
    for used in (image, page):
        found = [source for source, _rows in ReferenceIndex.get_grouped_references_to(used)]
        assert [source.pk for source in found] == [form.pk]


def test_number_of_queries_does_not_depend_on_the_number_of_blocks(browser, home):
    def count(url):
        # The first request creates the image renditions.
        browser.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url).status_code == 200
        return len(queries)

    def blocks(number):
        return [
            found
            for n in range(number)
            for found in (
                image_block(picture(f"Picture {n}"), alt_text="x"),
                link_block(guide(f"Guide {number} {n}")),
            )
        ]

    factories.form_page(home, [block("subject"), *blocks(1)])
    factories.form_page(home, [block("subject"), *blocks(5)], slug="many", title="Many")
    assert count("/support/many/") == count(URL)
