"""Choose a form or an organization, and give back what was typed into a form that is gone."""

from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from .access import in_any_organization, members_only, open_to_visitors
from .context import portal_context
from .form_closed import form_gone
from .ticket_form.anonymous import EMAIL as VISITOR_EMAIL


def form_is_gone(request, page):
    """Answer a form that was deleted or moved while someone filled it in."""
    if VISITOR_EMAIL in request.POST and portal_context(request).member is None:
        return _form_is_gone_for_visitor(request, page)
    return _form_is_gone(request, page)


@members_only
def _form_is_gone(request, page, member):
    return form_gone(request, page, member)


@open_to_visitors
def _form_is_gone_for_visitor(request, page):
    return form_gone(request, page, None)


@members_only
def choose_form(request, page, member):
    """Show the forms for a new ticket, or redirect to the only one."""
    forms = page.ticket_forms(member)
    if len(forms) == 1:
        return redirect(forms[0].get_url(request))
    rows = [
        {
            "title": form.title,
            "introduction": form.introduction,
            "url": form.get_url(request),
        }
        for form in forms
    ]
    return render(
        request, "wagtail_portal/ticket_form/choose_form.html", {"page": page, "forms": rows}
    )


@members_only
@in_any_organization
def organization(request, page, member):
    """Switch to another of one's organizations."""
    if request.method == "POST":
        chosen = request.POST.get("member", "")
        # Python doesn't parse numbers with thousands of digits.
        if (
            chosen.isdecimal()
            and len(chosen) < 20
            and portal_context(request).choose_member(int(chosen))
        ):
            return redirect(_next(request) or page.get_url(request))
    asked = portal_context(request).has_to_choose
    rows = [
        {
            "member": row,
            "organization": row.organization,
            "current": row == member and not asked,
        }
        for row in portal_context(request).memberships
    ]
    context = {
        "page": page,
        "memberships": rows,
        "switch_url": page.portal_url(request, "portal_organization"),
        "next": _next(request),
    }
    return render(request, "wagtail_portal/choose_organization.html", context)


def _next(request) -> str:
    """Return the path on this site to go on to after choosing, or an empty string."""
    url = (request.POST if request.method == "POST" else request.GET).get("next", "")
    is_here = url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    return url if is_here else ""
