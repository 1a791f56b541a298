"""Print Lighthouse's scores for the customers' main pages, as on a phone.

    python scripts/lighthouse.py
    python scripts/lighthouse.py --url http://localhost:8000 --only ticket

Needs Node.js, which fetches Lighthouse with ``npx`` unless ``--lighthouse`` names it, and Chromium.
Starts the example site with its demo data, or uses the one at ``--url``. Fails if a score is below
95. CI doesn't run it, because the speed depends on the machine.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from gallery import free_port, sign_in, start
from playwright.sync_api import sync_playwright

CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
ENOUGH = 95
#: Whether a customer has to be signed in, and the path; "first" is the first ticket of the list.
PAGES = {
    "sign-in": (False, "/accounts/login/"),
    "list": (True, "/support/"),
    "ticket": (True, "first"),
    "form": (True, "/support/problem/"),
}
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"
#: Pages that only customers see tell search engines not to list them, which costs points.
UNLISTED = "is-crawlable"


def cookies_of_customer(chromium: str, base: str) -> tuple[str, str]:
    """Return the ``Cookie`` header of a signed-in customer, and the path of a ticket."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_context(base_url=base).new_page()
        sign_in(page)
        first = page.locator("main a[href*='/tickets/']").first.get_attribute("href")
        header = "; ".join(f"{row['name']}={row['value']}" for row in page.context.cookies())
        browser.close()
    return header, first


def measure(command: list[str], url: str, cookies: str, chromium: str, folder: Path) -> dict:
    """Return the report on one page."""
    output = folder / "report.json"
    arguments = [url, "--quiet", "--output=json", f"--output-path={output}"]
    arguments += [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={FLAGS}"]
    arguments += [f"--skip-audits={UNLISTED}"]
    if cookies:
        headers = folder / "headers.json"
        headers.write_text(json.dumps({"Cookie": cookies}))
        arguments.append(f"--extra-headers={headers}")
    environment = {**os.environ, "CHROME_PATH": chromium}
    subprocess.run([*command, *arguments], env=environment, check=True)
    return json.loads(output.read_text())


def show(name: str, report: dict) -> bool:
    """Print the scores of a page, and what cost points. Return whether they're good enough."""
    scores = {key: round(report["categories"][key]["score"] * 100) for key in CATEGORIES}
    print(f"{name:8}", *(f"{key} {scores[key]:3}" for key in CATEGORIES), sep="  ", flush=True)
    for key in CATEGORIES:
        if scores[key] == 100:
            continue
        for row in report["categories"][key]["auditRefs"]:
            audit = report["audits"][row["id"]]
            if row["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                print(f"{'':10}{key}: {audit['title']} {audit.get('displayValue', '')}")
    return min(scores.values()) >= ENOUGH


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a running server with the demo data")
    parser.add_argument("--only", action="append", choices=PAGES, help="a page; can be repeated")
    parser.add_argument("--lighthouse", help="the path of Lighthouse's command")
    default = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    parser.add_argument("--chromium", default=default)
    options = parser.parse_args()
    command = [options.lighthouse] if options.lighthouse else ["npx", "--yes", "lighthouse"]
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        base = options.url or f"http://localhost:{port}"
        server = None if options.url else start(Path(folder), port)
        try:
            cookies, ticket = cookies_of_customer(options.chromium, base)
            good = []
            for name in options.only or PAGES:
                needs_member, path = PAGES[name]
                url = base + (ticket if path == "first" else path)
                own = cookies if needs_member else ""
                report = measure(command, url, own, options.chromium, Path(folder))
                good.append(show(name, report))
        finally:
            if server:
                server.terminate()
                server.wait()
    sys.exit(0 if all(good) else f"A score is below {ENOUGH}.")


if __name__ == "__main__":
    main()
