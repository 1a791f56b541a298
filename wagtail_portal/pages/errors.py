"""The portal's error pages."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language, get_language_bidi, gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal import read_only_mode
from wagtail_portal.fields.submission import SUBMISSION_KEY
from wagtail_portal.utils.typing import StrOrPromise

from . import drafts
from .context import override_locale, portal_context

#: Kinds of pages whose status says too little.
CSRF, PRIVATE, READ_ONLY, READ_ONLY_MODE = "csrf", "private", "read_only", "read_only_mode"
MOVED, UNSAVED = "moved", "unsaved"
STATUS = {CSRF: 403, PRIVATE: 403, MOVED: 409, READ_ONLY: 403, READ_ONLY_MODE: 503, UNSAVED: 503}

#: Headings and texts by status or kind.
TEXTS: dict[int | str, tuple[StrOrPromise, StrOrPromise]] = {
    400: (
        _("We couldn’t read that request"),
        _("Nothing was sent or changed. Go back and try again."),
    ),
    403: (
        _("You don’t have access to this page"),
        _("If you think you should, ask a colleague who manages your organization’s members."),
    ),
    404: (
        _("Page not found"),
        _("There is no page or file here that you can see. Check the link that brought you here."),
    ),
    405: (
        _("This page can’t be opened that way"),
        _("Nothing was sent or changed. Open the page from the portal instead."),
    ),
    413: (
        _("That’s too large to send"),
        _(
            "Nothing was sent. Go back, remove some files or shorten what you wrote, and send it "
            "again."
        ),
    ),
    429: (
        _("Too many attempts"),
        _("Wait a few minutes, then go back and try again. Nothing you wrote has been lost."),
    ),
    500: (
        _("Something went wrong"),
        _("This was our fault. Try again in a minute."),
    ),
    503: (
        _("Not available right now"),
        _("Part of the portal isn’t working. It’s not your fault. Try again in a few minutes."),
    ),
    CSRF: (
        _("Nothing was sent yet"),
        _(
            "This page was open while you signed in again, or for a long time. Try again. If that "
            "doesn’t help, allow cookies for this site."
        ),
    ),
    PRIVATE: (
        _("You don’t have access to this page"),
        _(
            "Only some people can open it, and you’re not one of them. If you think you should be, "
            "contact us."
        ),
    ),
    MOVED: (
        _("This page has moved"),
        _("It moved to another address while you were writing, so nothing was sent."),
    ),
    READ_ONLY: (
        _("You can only view the portal"),
        _("Nothing was sent or changed. Only the customer can make changes here."),
    ),
    UNSAVED: (
        _("Nothing was sent yet"),
        _("A file couldn’t be saved. It’s not your fault. Try again in a few minutes."),
    ),
    READ_ONLY_MODE: (_("The portal is read-only right now"), read_only_mode.explanation_lazy()),
}


#: Errors after which sending it again wouldn't help, but copying it may.
GIVING_BACK = (403, 404, 405, 429)


class NotFound(Http404):
    """A 404 whose heading and text are for the customer."""

    def __init__(self, heading: str, text: str):
        super().__init__(text)
        self.heading, self.text = heading, text


def ticket_not_found(number: int) -> NotFound:
    """Return the error for a ticket that doesn't exist or that the customer can't see. No one can
    tell one from the other."""
    text = gettext(
        "There is no ticket #%(number)s that you can see. If it belongs to a colleague, ask them "
        "to add you as a follower."
    )
    return NotFound(gettext("Ticket not found"), text % {"number": number})


def error_page(
    request, kind: int | str, error: Exception | None = None, *, written: "Written | None" = None
) -> HttpResponse:
    """Return the page for something that failed, or JSON if the browser asks for it.

    :param kind: the status of the response, or a key of :data:`STATUS`.
    :param error: the exception that was raised.
    :param written: what to give back. After an error of ours, or of :data:`GIVING_BACK`, that's
        what was sent.
    """
    status = int(STATUS.get(str(kind), kind))
    heading: StrOrPromise
    text: StrOrPromise
    response: HttpResponse
    heading, text = TEXTS.get(kind) or TEXTS[500 if status >= 500 else 400]
    if isinstance(error, NotFound):
        heading, text = error.heading, error.text
    accepts_json = "application/json" in request.headers.get("Accept", "")
    if accepts_json or "X-Requested-With" in request.headers:
        response = JsonResponse({"error": text}, status=status)
    else:
        context: dict[str, Any] = {"heading": heading, "text": text, "status": status, "kind": kind}
        if status in (500, 503):
            written = Written.of(request)
        elif kind in GIVING_BACK:
            written = written or Written.of(request, can_be_sent=False)
        context["written"] = written
        make = _plain_page if status == 500 else _page
        response = make(request, context)
    if kind == READ_ONLY_MODE:
        response["Retry-After"] = read_only_mode.retry_after()
    add_never_cache_headers(response)
    return response


def _page(request, context) -> HttpResponse:
    portal = portal_context(request)
    context["back_url"] = return_path(request) if context["kind"] in (CSRF, 503) else ""
    with override_locale(portal.profile):
        response = render(request, "wagtail_portal/error.html", context, status=context["status"])
        response["Content-Language"] = get_language() or "en"
        return response


def _plain_page(request, context) -> HttpResponse:
    """Render a page that needs no database, which may be what failed."""
    portal = portal_context(request)
    context |= {
        "home_url": portal.home_path or "/",
        "path": portal.full_path or request.path,
        "language": get_language() or "en",
        "direction": "rtl" if get_language_bidi() else "ltr",
        "name": (portal.layout and portal.layout.settings.portal_name) or gettext("Support"),
    }
    name = "moved" if context.get("moved_to") else "server_error"
    html = render_to_string(f"wagtail_portal/plain/{name}.html", context)
    return HttpResponse(html, status=context["status"])


def moved_page(request, url: str) -> HttpResponse:
    """Give back what was sent to a page that's now on another host, which has other cookies.

    :param url: the absolute address of the page that can be opened there.
    """
    heading, text = TEXTS[MOVED]
    # Everything that was typed, because short answers can't be sent along.
    entries = [
        value
        for name, values in request.POST.lists()
        for value in values
        if name not in ("csrfmiddlewaretoken", SUBMISSION_KEY) and value.strip()
    ]
    written = Written("", "", texts=entries)
    context = {"heading": heading, "text": text, "status": STATUS[MOVED], "moved_to": url}
    response = _plain_page(request, context | {"written": written})
    add_never_cache_headers(response)
    return response


def return_path(request) -> str:
    """Return the path to come back to after signing in, which has to answer GET."""
    if request.method != "POST":
        return request.get_full_path()
    for part in ("uploads/", "read/"):
        if request.path.endswith(f"/{part}"):
            return request.path.removesuffix(part)
    # Forms of a ticket lead back to it, except for those that have a page of their own.
    sent = re.fullmatch(
        r"(.*/tickets/\d+/)(?!follow-up/|followers/|guests/|edit/)[a-z-]+/", request.path
    )
    return sent[1] if sent else request.get_full_path()


@dataclass
class Written:
    """What someone wrote into a form that wasn't handled, to be sent again."""

    #: Where to send it; "" if it can only be copied.
    action: str
    token: str
    #: Names and values of all inputs.
    inputs: list[tuple[str, str]] = field(default_factory=list)
    #: What to show of them.
    texts: list[str] = field(default_factory=list)
    #: The names of files that were uploaded before.
    attached: list[str] = field(default_factory=list)
    #: Names of inputs and of the files in them, which a browser doesn't fill in again.
    files: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, request, *, can_be_sent: bool = True, is_form: bool = False) -> "Written | None":
        """Return what a POST to a page of the portal holds; None if it's only a button's.

        :param can_be_sent: False if the form could be another site's, which wants it to be sent
            with one click.
        :param is_form: True for a page outside the portal whose text may be shown, too.
        """
        if request.method != "POST" or not (is_form or portal_context(request).is_routed):
            return None
        inputs = [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if name != "csrfmiddlewaretoken"
        ]
        kept = [value for name, value in inputs if name.endswith("-kept")]
        has_key = any(name.endswith(SUBMISSION_KEY) for name, _value in inputs)
        texts = [value for name, value in inputs if drafts.is_text(name, value)]
        files = [
            (name, file.name) for name, found in request.FILES.lists() for file in found if file
        ]
        files += portal_context(request).unsaved_files
        if not (texts or files or has_key):
            return None
        action = portal_context(request).full_path if can_be_sent else ""
        attached = [value.partition("/")[2] for value in kept]
        return cls(action, get_token(request), inputs, texts, attached, files)

    @classmethod
    def kept(cls, saved: Iterable[dict[str, list[str]]]) -> "Written | None":
        """Return what was typed before signing in, or None.

        :param saved: what :mod:`.drafts` has kept of each form.
        """
        inputs = [(name, value) for row in saved for name, found in row.items() for value in found]
        texts = [value for name, value in inputs if drafts.is_text(name, value)]
        return cls("", "", texts=texts) if texts else None
