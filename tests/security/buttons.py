"""Walk the links and buttons of every page that someone can reach, as a browser would."""

import re
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin, urlsplit

from bs4 import BeautifulSoup

from tests.rollback import rolled_back

#: Pages of one kind that differ in their parameters only.
VARIANTS = 4

#: What to type into a field without a value, by its type.
TYPED = {"hidden": "", "email": "someone@new.example"}


def _read(response) -> None:
    """Read a download to its end."""
    for _block in response.streaming_content if response.streaming else ():
        pass


def _kind(url) -> str:
    """Return what pages that differ in their parameters only have in common."""
    parts = urlsplit(url)
    # The parameters of one object's page are those of every other's.
    return re.sub(r"/\d+/", "/0/", parts.path) + "?" if parts.query else parts.path


@dataclass
class Walk:
    """A walk from page to page.

    :param browser: a test client in which someone is signed in.
    :param enters: takes a path; whether to go there.
    :param check: takes a response and where it came from, and fails if it's a refusal.
    :param values: what to type into fields, by name, or by the end of the path and the name; others
        get a text.
    :param each_role: whether to press a button once for each role that can be chosen.
    :param follow: whether to check the page that a button redirects to, too.
    """

    browser: object
    enters: object
    check: object
    values: dict = field(default_factory=dict)
    each_role: bool = True
    follow: bool = True
    visited: list = field(default_factory=list)
    pressed: set = field(default_factory=set)

    def run(self, *starts: str) -> None:
        """Open the pages, follow all links and press all buttons."""
        waiting, seen, variants = list(starts), set(starts), {}
        while waiting:
            url = waiting.pop(0)
            response = self.browser.get(url, follow=True)
            self.visited.append(url)
            self.check(response, url)
            if "text/html" not in response.headers["Content-Type"]:
                _read(response)
                continue
            here = response.redirect_chain[-1][0] if response.redirect_chain else url
            page = BeautifulSoup(response.content, "html.parser")
            for link in page.select("a[href]"):
                target, _fragment = urldefrag(urljoin(here, link["href"]))
                if target in seen or not self.enters(urlsplit(target).path):
                    continue
                seen.add(target)
                kind = _kind(target)
                variants[kind] = variants.get(kind, 0) + 1
                if variants[kind] <= VARIANTS:
                    waiting.append(target)
            for form in page.select("form[method=post]"):
                self._press(page, form, here)

    def _press(self, page, form, here) -> None:
        action = urljoin(here, form.get("action") or here)
        if not self.enters(urlsplit(action).path):
            return
        owned = page.select(f'[form="{form["id"]}"]') if form.get("id") else []
        controls = [*form.select("input, select, textarea, button"), *owned]
        buttons = [row for row in controls if row.name == "button" and row.get("type") != "button"]
        for button in buttons:
            for name, value in self._choices(controls):
                pair = (button.get("name", ""), button.get("value", ""))
                key = (urlsplit(action).path, pair, value)
                if key in self.pressed:
                    continue
                self.pressed.add(key)
                data = self._filled(controls, urlsplit(action).path)
                if name:
                    data[name] = value
                if pair[0]:
                    data[pair[0]] = pair[1]
                # Signing out elsewhere, for example, starts a new session.
                cookies = self.browser.cookies.output(header="").split("\r\n")
                with rolled_back():
                    response = self.browser.post(action, data, follow=self.follow)
                    self.check(response, f"{action} {data}")
                    _read(response)
                self.browser.cookies.clear()
                for cookie in cookies:
                    self.browser.cookies.load(cookie.strip())

    def _choices(self, controls):
        """Yield the roles to choose; the other fields keep their values."""
        selects = [row for row in controls if row.name == "select" and "role" in row["name"]]
        if not selects or not self.each_role:
            yield "", ""
            return
        for select in selects:
            for option in select.select("option"):
                yield select["name"], option.get("value", "")

    def _filled(self, controls, path) -> dict:
        data, part = {}, path.rstrip("/").rpartition("/")[2]
        for control in controls:
            name, kind = control.get("name"), control.get("type", "text")
            if not name or control.name == "button" or kind in ("file", "submit"):
                continue
            if (part, name) in self.values or name in self.values:
                data[name] = self.values.get((part, name), self.values.get(name))
            elif control.name == "select":
                chosen = control.select("option[selected]") or control.select("option")[:1]
                data[name] = [option.get("value", option.get_text()) for option in chosen]
            elif kind == "radio":
                data.setdefault(name, control["value"])
            elif kind == "checkbox":
                data.setdefault(name, []).append(control.get("value", "on"))
            elif control.name == "textarea":
                data[name] = control.get_text().strip() or "Some words"
            else:
                data[name] = control.get("value") or TYPED.get(kind, "Some words")
        return data
