"""Read-only mode in the Wagtail admin: a banner, and a page for what was refused."""

from django.http import JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from wagtail.admin import messages

from wagtail_portal import read_only_mode


def is_admin(request) -> bool:
    """Return whether a request is for the Wagtail admin."""
    return request.path.startswith(reverse("wagtailadmin_home"))


def is_desk(request) -> bool:
    """Return whether someone with access to the Wagtail admin requests a page of the portal in it,
    including the settings and bulk changes, for which Wagtail has URLs that name the app."""
    match = request.resolver_match
    found = match is not None and (
        "wagtail_portal" in match.view_name or "wagtail_portal" in match.kwargs.values()
    )
    return found and is_admin(request) and request.user.has_perm("wagtailadmin.access_admin")


def add_banner(request) -> None:
    """Say on a page that's about to be rendered that nothing can be changed."""
    if is_desk(request) and "X-Requested-With" not in request.headers:
        messages.warning(request, read_only_mode.explanation())


def refusal(request, written, text: str = "", *, status: int = 503):
    """Return the page that says that nothing was changed, or JSON for scripts.

    :param written: what was sent, to be sent again later; None without a text.
    :param text: why; "" for read-only mode.
    """
    title, text = gettext("Nothing was saved"), text or read_only_mode.explanation()
    headers = {"Cache-Control": "no-store"}
    if status == 503:
        headers["Retry-After"] = str(read_only_mode.retry_after())
    accepts_json = "application/json" in request.headers.get("Accept", "")
    if accepts_json or "X-Requested-With" in request.headers:
        return JsonResponse({"error": text}, status=status, headers=headers)
    context = {"header_title": title, "page_title": title, "header_icon": "warning"}
    context |= {"text": text, "written": written}
    response = render(request, "wagtail_portal/desk/read_only.html", context, status=status)
    for name, value in headers.items():
        response[name] = value
    return response
