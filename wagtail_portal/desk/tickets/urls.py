"""Where the screens of tickets are."""

from django.urls import NoReverseMatch, reverse

NAMESPACE = "wagtailsnippets_wagtail_portal_ticket"


def address(name: str, *args) -> str:
    """The address of one of the views of tickets, by its name there."""
    return reverse(f"{NAMESPACE}:{name}", args=args)


def file_url(stored: dict) -> str:
    """The address of a file that is the value of a field; "" for what can be none."""
    try:
        return address("file", str(stored.get("id")), str(stored.get("name") or "file"))
    except NoReverseMatch:
        return ""
