"""What a site's APIs, sitemap, search and search engines learn about the portal."""

import pytest
from wagtail.models import Page
from wagtail.search.backends import get_search_backend

from tests import factories
from tests.pages.ticket_form.test_audience import limit


def test_titles_of_private_forms_stay_private(client, home, acme):
    factories.form_page(home, title="For customers", slug="customers")
    limit(factories.form_page(home, title="Secret merger", slug="merger"), acme)
    anyone = factories.form_page(home, title="Contact us", slug="contact", audience="anyone")
    listed = client.get("/api/v2/pages/?fields=_,title&limit=20").json()["items"]
    assert {"Support", "Contact us"} <= {row["title"] for row in listed}
    assert not {"For customers", "Secret merger"} & {row["title"] for row in listed}
    assert client.get(f"/api/v2/pages/{anyone.pk}/").status_code == 200
    for query in (
        "type=wagtail_portal_pages.TicketFormPage",
        "search=merger",
        f"child_of={home.pk}",
        "slug=merger",
    ):
        page = client.get(f"/api/v2/pages/?{query}").content.decode()
        assert "merger" not in page and "For customers" not in page, query
    for form in home.get_children().exclude(pk=anyone.pk):
        assert client.get(f"/api/v2/pages/{form.pk}/").status_code == 404
    assert "merger" not in client.get("/api/v3/pages/").content.decode()
    assert client.get("/api/v2/pages/find/?html_path=/support/merger/").status_code == 404


# MariaDB's full-text index has only what's been committed.
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_search_of_the_site_finds_only_forms_for_anyone(home, acme):
    factories.form_page(home, title="For customers", slug="customers")
    limit(factories.form_page(home, title="Secret merger", slug="merger"), acme)
    factories.form_page(home, title="Contact us", slug="contact", audience="anyone")
    # The tests' settings don't index pages when they're saved.
    for page in Page.objects.specific():
        get_search_backend().add(page)
    for words, found in (("merger", 0), ("customers", 0), ("contact", 1)):
        assert len(Page.objects.live().public().search(words)) == found


def test_only_forms_for_anyone_are_public(client, home, acme, browser):
    factories.form_page(home, title="For customers", slug="customers")
    limit(factories.form_page(home, title="Secret merger", slug="merger"), acme)
    contact = factories.form_page(home, title="Contact us", slug="contact", audience="anyone")
    public = Page.objects.live().public()
    assert {"Support", "Contact us"} <= set(public.values_list("title", flat=True))
    assert not public.filter(title__in=["For customers", "Secret merger"]).exists()
    listed = [row for page in public.specific() for row in page.get_sitemap_urls()]
    urls = {row["location"] for row in listed if row["location"]}
    assert contact.full_url in urls
    assert not {url for url in urls if url.startswith(home.full_url)} - {contact.full_url}
    # Search engines list that form under one address, and nothing else of the portal.
    page = client.get("/support/contact/?subject=Invoice").content.decode()
    assert f'<link rel="canonical" href="{contact.full_url}">' in page and "noindex" not in page
    for url in ("/support/", "/support/customers/", "/support/new/"):
        page = browser.get(url).content.decode()
        assert '<meta name="robots" content="noindex">' in page and "canonical" not in page
