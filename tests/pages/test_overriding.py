"""Sites can override every partial template, every block and the base template of the portal.

Each is overridden separately, as a site would with a template of the same name, and the rest of the
page has to stay the same. The replacements are in memory, so other tests aren't affected.
"""

import re
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

import pytest
from allauth.account import views
from django.conf import settings as django_settings
from django.template import engines
from django.template.loader import get_template

from tests.pages import all_parts
from tests.test_docs import FENCE, page
from wagtail_portal import __file__ as package

FOLDER = Path(package).parent / "templates"
MARK = "replaced-by-the-site"
BLOCK = re.compile(r"{% block (\w+) %}")
PARTS = sorted(
    path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("wagtail_portal/includes/*.html")
)
#: Templates of whole pages; ``editor`` and ``desk`` are shown in the Wagtail admin.
PAGES = sorted(
    path.relative_to(FOLDER).as_posix()
    for pattern in ("wagtail_portal/*.html", "account/*.html", "mfa/*.html")
    for path in FOLDER.glob(pattern)
    # allauth has had these pages since version 65.22.
    if "reauthentication_code" not in path.name or hasattr(views, "ConfirmReauthenticationCodeView")
)
#: Other templates fill the blocks of these, which hides a site's content.
LAYOUTS = (
    "wagtail_portal/base.html",
    "wagtail_portal/signin/base.html",
    "mfa/base_manage.html",
    "account/base_reauthenticate.html",
)


def blocks_of(name: str) -> list[str]:
    """Return the names of the blocks in a template."""
    return BLOCK.findall((FOLDER / name).read_text(encoding="utf-8"))


@pytest.fixture
def own(settings) -> dict[str, str]:
    """The site's templates by name, which override the portal's; filled by :func:`replacing`."""
    own = {}
    changed = deepcopy(django_settings.TEMPLATES)
    changed[0]["APP_DIRS"] = False
    loaders = [
        ("django.template.loaders.locmem.Loader", own),
        "django.template.loaders.app_directories.Loader",
    ]
    changed[0]["OPTIONS"]["loaders"] = [("django.template.loaders.cached.Loader", loaders)]
    settings.TEMPLATES = changed
    return own


@contextmanager
def replacing(own, templates: dict[str, str]):
    """Let the site override these templates."""
    own.update(templates)
    _forget(templates)
    try:
        yield
    finally:
        own.clear()
        _forget(templates)


def _forget(names) -> None:
    """Remove templates from the loader's cache, so that they're looked up again."""
    (loader,) = engines["django"].engine.template_loaders
    for key in list(loader.get_template_cache):
        if key.startswith(tuple(names)):
            del loader.get_template_cache[key]


def filled(name: str) -> str:
    """Return a template that adds a marker to every block of the template with the same name."""
    blocks = "".join(
        f"{{% block {block} %}}{MARK}-{block} {{{{ block.super }}}}{{% endblock %}}"
        for block in blocks_of(name)
    )
    return f'{{% extends "{name}" %}}{blocks}'


def problem(name: str, wanted: list[str], before, after) -> str:
    """Return what's wrong with a page after overriding a template, or ""."""
    html = after.content.decode()
    if missing := [mark for mark in wanted if mark not in html]:
        return f"{name}: {missing} not on the page"
    if after.status_code != before.status_code:
        return f"{name}: answers with {after.status_code}"
    end = b"</html>"
    if (end in before.content) != (end in after.content):
        return f"{name}: the rest of the page is missing"
    return ""


@pytest.fixture
def shown_by(own, home) -> dict[str, tuple]:
    """For each template, a request that shows it and the response."""
    found = {}
    for request in all_parts.requests(home):
        response = request()
        for template in response.templates:
            found.setdefault(template.name, (request, response))
    return found


def test_each_partial_template_can_be_overridden(own, shown_by):
    assert [name for name in PARTS if name not in shown_by] == [], "no page shows them"
    found = []
    for name in PARTS:
        request, before = shown_by[name]
        with replacing(own, {name: f"<b>{MARK}</b>"}):
            found.append(problem(name, [MARK], before, request()))
    assert list(filter(None, found)) == []


def test_every_block_of_every_page_can_be_filled(own, shown_by):
    list_page = shown_by["wagtail_portal/ticket_list/list.html"][1].wsgi_request
    # Variables of rarely shown templates that have no default.
    context = {"minutes": 1, "issuer": {"key": "dashboard"}}
    alone, found = [], []
    for name in filter(blocks_of, PAGES):
        wanted = [f"{MARK}-{block}" for block in blocks_of(name)]
        with replacing(own, {name: filled(name)}):
            if name in shown_by and name not in LAYOUTS:
                request, before = shown_by[name]
                found.append(problem(name, wanted, before, request()))
            else:
                alone.append(name)
                html = get_template(name).render(context, list_page)
                found += [f"{name}: {mark} is missing" for mark in wanted if mark not in html]
    assert list(filter(None, found)) == []
    assert len(alone) <= 15, "too few pages are asked for"


def test_sites_base_template_wraps_every_page(own, shown_by):
    """The base template from the documentation with a site's header and footer."""
    text = page("how-to/customize-look.md")
    (base,) = (code for _, _, code in FENCE.findall(text) if "<!DOCTYPE html>" in code)
    templates = {
        "wagtail_portal/base.html": base,
        "mysite/includes/header.html": f"<header>{MARK}</header>",
        "mysite/includes/footer.html": f"<footer>{MARK}</footer>",
    }
    with replacing(own, templates):
        for name in (name for name in PAGES if name in shown_by):
            request, before = shown_by[name]
            after = request()
            html = after.content.decode()
            assert after.status_code == before.status_code, name
            assert html.count(MARK) == 2 and "mysite/portal.css" in html, name
            heading = re.search(r"<h1.*?</h1>", before.content.decode(), re.DOTALL)[0]
            assert heading in html, name
