"""Sites can override every partial template, every block and the base template of the portal.

Each is overridden separately, as a site would with a template of the same name, and the rest of the
page has to stay the same. The replacements are in memory, so other tests aren't affected.
"""

import re
from collections import Counter
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

import pytest
import wagtail
from allauth.account import views
from bs4 import BeautifulSoup
from django.conf import settings as django_settings
from django.template import Context, Engine, engines
from django.template.loader import get_template

from tests import factories
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
    for pattern in ("wagtail_portal/*.html", "wagtail_portal/signin/*.html")
    for path in FOLDER.glob(pattern)
    # allauth has had these pages since version 65.22.
    if "reauthentication_code" not in path.name or hasattr(views, "ConfirmReauthenticationCodeView")
)
#: Other templates fill the blocks of these, which hides a site's content.
LAYOUTS = (
    "wagtail_portal/base.html",
    "wagtail_portal/signin/base.html",
    "wagtail_portal/signin/manage.html",
    "wagtail_portal/signin/base_reauthenticate.html",
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


EXTENDS = re.compile(r'{% extends "(wagtail_portal/[^"]+)" %}')


def test_pages_fill_only_blocks_that_exist():
    """Django ignores a block that the base template doesn't have."""
    code = {
        path.relative_to(FOLDER).as_posix(): path.read_text(encoding="utf-8")
        for path in FOLDER.rglob("*.html")
    }
    for name, text in code.items():
        known: set[str] = set()
        parent = EXTENDS.search(text)
        while parent:
            known |= set(BLOCK.findall(code[parent[1]]))
            parent = EXTENDS.search(code[parent[1]])
        # The outermost block of each line, because blocks can add others inside.
        filled = re.findall(r"^{% block (\w+) %}", text, re.MULTILINE) if known else []
        assert set(filled) <= known, name


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


def parts_of(tag) -> Counter:
    """Return how often each kind of element occurs inside one, without Wagtail's bar at its end."""
    for bar in tag.find(id="portal-icons").find_next_siblings():
        bar.decompose()
    return Counter(
        (part.name, part.get("id"), *part.get("class", [])) for part in tag.find_all(True)
    )


def head_of(soup) -> set[str]:
    """Return the elements of a page's head, and its scripts, which can be at the end."""
    found = [*soup.head.find_all(["meta", "link"]), *soup.find_all("script", src=True)]
    own = [part for part in found if "wagtailadmin" not in str(part)]
    return {str(part) for part in own if part.get("name") != "viewport"}


def base_of_a_new_site() -> str:
    """Return the base template that ``wagtail start`` creates."""
    path = Path(wagtail.__file__).parent / "project_template/project_name/templates/base.html"
    code = path.read_text(encoding="utf-8")
    return Engine().from_string(code).render(Context({"project_name": "mysite"}))


@pytest.fixture
def site_base(own, settings):
    """The documented template, which extends that of a new site."""
    text = page("how-to/customize-look.md")
    (code,) = (code for _, _, code in FENCE.findall(text) if '{% extends "base.html" %}' in code)
    for template in settings.TEMPLATES:
        processors = template["OPTIONS"]["context_processors"]
        processors.append("wagtail_portal.context_processors.portal")
    return {"wagtail_portal/base.html": code, "base.html": base_of_a_new_site()}


def test_sites_base_template_can_wrap_every_page(own, home, site_base):
    """The documented template loses nothing that the portal's own one has."""
    seen = set()
    for request in all_parts.requests(home):
        before = request()
        names = [template.name for template in before.templates]
        if "wagtail_portal/base.html" not in names or names[0] in seen:
            continue
        seen.add(names[0])
        with replacing(own, site_base):
            after = request()
        assert "base.html" in [template.name for template in after.templates], names[0]
        assert after.status_code == before.status_code, names[0]
        was, now = (BeautifulSoup(page.content, "html.parser") for page in (before, after))
        assert head_of(was) <= head_of(now), names[0]
        assert " ".join(now.title.text.split()).startswith(was.title.text), names[0]
        (root,) = now.select(".portal")
        assert root["class"] == was.body["class"], names[0]
        assert [root["lang"], root["dir"]] == [was.html["lang"], was.html["dir"]], names[0]
        assert parts_of(was.body) == parts_of(root), names[0]
    # Since version 65.22, allauth has two more pages, on which people confirm their identity.
    assert len(seen) >= (30 if hasattr(views, "ConfirmReauthenticationCodeView") else 28)


def test_banners_are_in_the_sites_base_template(own, home, dana, site_base, settings):
    """Those that only some people see."""
    agent = factories.staff(is_superuser=True)
    browser = all_parts.browser_of(agent)
    browser.post("/support/view-as/", {"member": dana.pk})
    settings.WAGTAIL_PORTAL = {"READ_ONLY": True}
    with replacing(own, site_base):
        html = browser.get("/support/").content.decode()
    assert "portal--viewing" in html
    assert html.index("portal-skip") < html.index("portal-viewing") < html.index("portal-header")
    assert html.count('class="portal-viewing"') == 2


def test_variable_costs_nothing_until_a_template_uses_it(
    home, client, site_base, django_assert_num_queries
):
    request = client.get("/accounts/login/").wsgi_request
    del request.portal
    with django_assert_num_queries(0):
        engines["django"].from_string("Hello").render({}, request)
    rendered = engines["django"].from_string("{{ portal.home_url }}").render({}, request)
    assert rendered == "/support/"
