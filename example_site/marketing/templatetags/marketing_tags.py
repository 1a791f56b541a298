from django import template
from wagtail.models import Site

register = template.Library()


@register.simple_tag(takes_context=True)
def main_menu(context) -> list[dict]:
    """Return the pages below the home page that editors show in menus.

    The portal's home page is one of them, so editors decide where "Support" appears.
    """
    request = context.get("request")
    site = request and Site.find_for_request(request)
    if not site:
        return []
    pages = site.root_page.get_children().live().in_menu()
    entries = [{"title": page.title, "url": page.get_url(request)} for page in pages]
    for entry in entries:
        entry["current"] = bool(entry["url"]) and request.path.startswith(entry["url"])
    return entries
