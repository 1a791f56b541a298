"""Checks on a whole page as loaded by a browser: weight, layout shifts and accessibility."""

import gzip
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page

#: WCAG 2.2 AA and axe-core's own best practices.
RULES = {
    "runOnly": [
        *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"),
    ],
    # Checks that pass needn't be described.
    "resultTypes": ["violations"],
}

#: Fills ``window.portalShifts`` with the elements that moved while the page loaded, from where to
#: where.
SHIFTS = """
window.portalShifts = [];
const place = (rect) => [rect.x, rect.y, rect.width, rect.height].map(Math.round).join(" ");
const moved = ({ node, previousRect, currentRect }) =>
  `${(node?.outerHTML ?? node?.textContent ?? "?").trim().slice(0, 100)}: `
  + `${place(previousRect)} → ${place(currentRect)}`;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    if (!entry.hadRecentInput) window.portalShifts.push(...entry.sources.map(moved));
}).observe({ type: "layout-shift", buffered: true });
"""


@contextmanager
def slow_connection(site_url: str):
    """Serve the site over a connection that delivers each document in pieces, and yield its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            cookie = {"Cookie": self.headers.get("Cookie", "")}
            request = urllib.request.Request(site_url + self.path, headers=cookie)  # noqa: S310
            try:
                answer = urllib.request.urlopen(request)  # noqa: S310 - our own server
            except urllib.error.HTTPError as error:
                answer = error
            with answer:
                body, kind = answer.read(), answer.headers["Content-Type"]
            self.send_response(answer.status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            piece = 1_000 if kind.startswith("text/html") else len(body)
            for begin in range(0, len(body), piece):
                self.wfile.write(body[begin : begin + piece])
                # Long enough for the browser to render what it has.
                threading.Event().wait(0.02 if piece < len(body) else 0)

        def do_POST(self):
            # The page reports that it was read, which doesn't matter here.
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments):
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Weight:
    """The size of a page in bytes, compressed as a web server would send it."""

    documents: int = 0
    styles: int = 0
    scripts: int = 0
    others: dict[str, int] = field(default_factory=dict)

    @property
    def whole(self) -> int:
        """Return the sum of all parts."""
        return self.documents + self.styles + self.scripts + sum(self.others.values())


def weigh(page: Page, address: str) -> Weight:
    """Load ``address`` with an empty cache and return the size of everything loaded."""
    weight, answers = Weight(), []

    def keep(response):
        answers.append(response)

    page.on("response", keep)
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.remove_listener("response", keep)
    for response in answers:
        if response.status >= 300 or response.request.method != "GET":
            continue
        size = len(gzip.compress(response.body(), 6))
        kind = response.request.resource_type
        if kind == "document":
            weight.documents += size
        elif kind == "stylesheet":
            weight.styles += size
        elif kind == "script":
            weight.scripts += size
        else:
            weight.others[response.url] = size
    return weight


def accessibility_report(page: Page, part: str | None = None) -> str:
    """Return axe-core's report on the current page or a part of it, or "" if there are no
    violations."""
    if not page.evaluate("'axe' in window"):
        # Half a megabyte, which is loaded once per page.
        page.evaluate(AXE_SCRIPT)
    run = "([part, rules]) => axe.run(part ?? document, rules).then(({ violations }) => violations)"
    results = AxeResults({"violations": page.evaluate(run, [part, RULES])})
    return results.generate_report() if results.violations_count else ""


def horizontal_overflow(page: Page) -> int:
    """Return by how many pixels the page can be scrolled sideways."""
    return page.evaluate(
        "document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
    )
