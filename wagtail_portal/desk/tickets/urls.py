"""URLs of tickets in the Wagtail admin."""

from django.urls import NoReverseMatch, reverse

NAMESPACE = "wagtailsnippets_wagtail_portal_ticket"


def desk_url(name: str, *args) -> str:
    """Return the URL of one of the ticket viewset's views."""
    return reverse(f"{NAMESPACE}:{name}", args=args)


def file_url(stored: dict) -> str:
    """Return the URL of a file that a field holds; "" if the stored value is invalid."""
    try:
        return desk_url("file", str(stored.get("id")), str(stored.get("name") or "file"))
    except NoReverseMatch:
        return ""
