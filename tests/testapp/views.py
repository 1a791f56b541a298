"""Views of a site that changes its portal's routes."""

from django.http import HttpResponse

from wagtail_portal.pages.access import members_only


@members_only
def service_status(request, page, member):
    """Respond at a URL that the portal doesn't have."""
    return HttpResponse(f"All systems up for {member.organization.name}")


@members_only
def choose_form(request, page, member):
    """Replace the portal's own view."""
    return HttpResponse("Call us first")
