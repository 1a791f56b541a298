"""What a site's Wagtail API says about the portal."""

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
