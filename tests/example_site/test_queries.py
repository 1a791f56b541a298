"""Pages of the example site take few queries, its own header and content included."""

COUNT = """
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from wagtail_portal.models import Ticket

    settings.ALLOWED_HOSTS = ["*"]
    own = Ticket.objects.filter(requester__user__email="maren@brightwater.example")
    ticket = own.order_by("number").first()
    urls = {{
        "{customer}": [
            "/support/", "/support/?q=flow", f"/support/tickets/{{ticket.number}}/",
            "/support/problem/", "/support/profile/", "/support/members/",
        ],
        "{manager}": [
            "/admin/snippets/wagtail_portal/ticket/",
            f"/admin/snippets/wagtail_portal/ticket/edit/{{ticket.pk}}/",
        ],
    }}
    answer = {{}}
    for name, addresses in urls.items():
        user = get_user_model().objects.get(email__startswith=name)
        browser = Client()
        browser.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        for address in addresses:
            # The first request fills the caches.
            assert browser.get(address).status_code == 200, address
            with CaptureQueriesContext(connection) as queries:
                browser.get(address)
            for number in (ticket.number, ticket.pk):
                address = address.replace(str(number), "N")
            answer[address] = len(queries)
"""

#: Queries at most, of which one reads the site's cache, which is in the database.
BUDGETS = {
    "/support/": 8,
    "/support/?q=flow": 11,
    "/support/tickets/N/": 11,
    "/support/problem/": 8,
    "/support/profile/": 11,
    "/support/members/": 9,
    "/admin/snippets/wagtail_portal/ticket/": 17,
    "/admin/snippets/wagtail_portal/ticket/edit/N/": 25,
}


def test_pages_stay_within_their_budgets(demo):
    found = demo.ask(COUNT.format(customer="maren@", manager="hanna@"))
    assert found.keys() == BUDGETS.keys()
    assert {url: number for url, number in found.items() if number > BUDGETS[url]} == {}
