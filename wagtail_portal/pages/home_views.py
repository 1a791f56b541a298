"""Choose a form or an organization."""

from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.read_only_mode import allowed_when_read_only
from wagtail_portal.utils.query_params import pk_in

from .access import in_any_organization, members_only
from .context import portal_context
from .ticket_form.read_only import cannot_open_tickets


@members_only
def choose_form(request, page, member):
    """Show the forms for a new ticket, or redirect to the only one."""
    if not Actor.for_member(member).may(Verb.OPEN):
        return cannot_open_tickets(request, page, member)
    forms = page.ticket_forms(member)
    if len(forms) == 1:
        return redirect(forms[0].get_url(request))
    rows = [
        {"title": form.title, "introduction": form.introduction, "url": form.get_url(request)}
        for form in forms
    ]
    context = {"page": page, "forms": rows}
    return render(request, "wagtail_portal/ticket_form/choose_form.html", context)


@allowed_when_read_only
@members_only
@in_any_organization
def organization(request, page, member):
    """Switch to another of one's organizations."""
    portal = portal_context(request)
    if request.method == "POST" and portal.choose_member(pk_in(request.POST, "member")):
        return redirect(_next(request) or page.get_url(request))
    is_chosen = not portal.has_to_choose
    rows = [
        {
            "member": row,
            "organization": row.organization,
            "current": row == member and is_chosen,
        }
        for row in portal.memberships
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
