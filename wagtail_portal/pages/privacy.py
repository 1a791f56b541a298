"""Wagtail's privacy of pages, for the pages of the portal.

Wagtail would send people who are signed in already to the sign-in page, from which they'd come back
at once. It also knows nothing of what was typed.
"""

from django.contrib.auth.views import redirect_to_login
from django.urls import reverse
from django.utils.translation import gettext
from wagtail.models import PageViewRestriction

from wagtail_portal.portal_urls import SIGN_IN

from . import drafts
from .access import ViewRestrictionsMixin, save_draft
from .context import override_locale, portal_context
from .errors import PRIVATE, Written, error_page, return_path
from .routing import routed_view
from .ticket_form.anonymous_views import visitor_request
from .ticket_form.closed import VISITOR_EMAIL, closed_form

PASSWORD, GROUPS = PageViewRestriction.PASSWORD, PageViewRestriction.GROUPS


def ignores_privacy(view):
    """Mark a view that decides itself who may use it, such as those who were invited, or agents.
    Only a password is asked for."""
    view.ignores_privacy = True
    return view


def check_privacy(page, request, serve_args, serve_kwargs):
    """Answer instead of a page of the portal that the reader can't open: a ``before_serve_page``
    hook. It comes before Wagtail's own check, which does the same for all other pages."""
    if not isinstance(page, ViewRestrictionsMixin):
        return None
    restrictions = list(page.get_view_restrictions())
    view = routed_view(next(iter(serve_args), None))
    only_password = getattr(view, "ignores_privacy", False)
    asked = [one for one in restrictions if not only_password or one.restriction_type == PASSWORD]
    refused = next((one for one in asked if not accepts(one, request)), None)
    if refused is not None and refused.restriction_type == PASSWORD:
        # Wagtail asks for it, in a template of the portal.
        portal_context(request).is_closed = True
        if request.method == "POST":
            text = gettext("We’ve kept what you wrote. Enter the password to check it and send it.")
            save_draft(request, text)
        return None
    page.are_restrictions_checked, page.has_restrictions = True, bool(restrictions)
    if refused is None:
        return None
    portal_context(request).is_closed = refused.page_id != page.pk or page.portal_page == "home"
    return _refuse(page, request, view)


def accepts(restriction: PageViewRestriction, request) -> bool:
    """Return whether a restriction lets the reader pass, or the member as whom they view it."""
    member = portal_context(request).viewed_member
    if member is None or restriction.restriction_type != GROUPS:
        return restriction.accept_request(request)
    return is_in_groups(member.user, {group.pk for group in restriction.groups.all()})


def is_in_groups(user, groups: set[int]) -> bool:
    """Return whether a user is in one of the groups, or may open everything."""
    return user.is_superuser or user.groups.filter(pk__in=groups).exists()


def groups_by_page(pages) -> dict[int, set[int] | None]:
    """Return who may open pages that are restricted themselves, by primary key: members of these
    groups, None for everyone who is signed in, and no group for a password."""
    found: dict = {}
    rows = PageViewRestriction.objects.filter(page__in=[page.pk for page in pages])
    for pk, kind, group in rows.values_list("page_id", "restriction_type", "groups"):
        if kind == PageViewRestriction.LOGIN:
            found.setdefault(pk, None)
        else:
            found[pk] = (found.get(pk) or set()) | ({group} - {None})
    return found


def without_private(forms: list, member) -> list:
    """Return the forms that a member can open, or a visitor without one, as far as Wagtail's
    privacy of the forms themselves decides. Those who have a password have the link, too."""
    groups = groups_by_page(forms) if forms else {}

    def is_open(form) -> bool:
        if form.pk not in groups:
            return True
        needed = groups[form.pk]
        return bool(member) and (needed is None or is_in_groups(member.user, needed))

    return [form for form in forms if is_open(form)]


def _refuse(page, request, view):
    if view is visitor_request:
        # It gives the text back: visitors can't sign in.
        portal_context(request).is_closed = True
        return None
    if request.method == "POST" and VISITOR_EMAIL in request.POST:
        return closed_form(request, page)
    if not request.user.is_authenticated:
        if request.method == "POST":
            save_draft(request)
        return redirect_to_login(return_path(request), reverse(SIGN_IN))
    with override_locale(portal_context(request).profile):
        written = Written.of(request, can_be_sent=False)
        written = written or Written.kept([drafts.load(request, request.path)])
        return error_page(request, PRIVATE, written=written)
