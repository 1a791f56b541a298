"""Send a form with several steps from the review of its answers."""

from bs4 import BeautifulSoup


def reviewed(browser, url: str) -> dict[str, str]:
    """Return what the review's form sends."""
    form = BeautifulSoup(browser.get(url).content, "html.parser").select_one("form.portal-form")
    return {row["name"]: row.get("value", "") for row in form.select("input[type=hidden]")}


def send_review(browser, url: str):
    """Send the reviewed answers, and return the response."""
    return browser.post(url, reviewed(browser, url))
