"""A browser without scripts, for sites that run in their own process."""

import requests

from tests.mailbox import CODE, Mailbox, text_of
from tests.serving import TIMEOUT


class Browser:
    """Keeps cookies, and sends each request to the next of several hosts, as a load balancer does.

    :param urls: the URL of each host. All of them know the site by the name of the first one.
    """

    def __init__(self, urls: list[str]):
        self.urls, self.turn = urls, 0
        self.session = requests.Session()

    def request(self, method: str, path: str, *, host: int | None = None, **options):
        """Send a request and return the response. Redirects aren't followed.

        :param host: the index of the host, if it isn't the next one's turn.
        """
        self.turn = (self.turn + 1) % len(self.urls) if host is None else host
        headers = {
            "Host": self.urls[0].removeprefix("http://"),
            "X-CSRFToken": self.session.cookies.get("csrftoken", ""),
            **options.pop("headers", {}),
        }
        options = {"allow_redirects": False, "timeout": TIMEOUT} | options
        return self.session.request(method, self.urls[self.turn] + path, headers=headers, **options)

    def get(self, path: str, **options) -> str:
        """Return the HTML of a page."""
        response = self.request("GET", path, **options)
        assert response.status_code == 200, (path, response.status_code)
        return response.text

    def post(self, path: str, data: dict, **options) -> str:
        """Submit a form and return where it leads."""
        response = self.request("POST", path, data=data, **options)
        assert response.status_code == 302, (path, response.status_code, response.text)
        return response.headers["Location"]

    def sign_in_with_code(self, email: str, mailbox: Mailbox) -> None:
        """Sign in to the portal with a code sent to the mailbox."""
        self.get("/accounts/login/")
        confirm = self.post("/accounts/login/?next=/support/", {"login": email})
        code = CODE.search(text_of(mailbox.take(email))).group()
        assert self.post(confirm, {"code": code, "action": "verify"}) == "/support/"

    def sign_in_to_admin(self, username: str) -> None:
        """Sign in to the Wagtail admin as someone of the demo's team."""
        self.get("/admin/login/")
        self.post("/admin/login/", {"username": username, "password": "millrace"})
